import type { Access, Role } from '../../src/access/access.ts'

const id = (last: string) => `01980000-0000-7000-8000-${last.padStart(12, '0')}`

/** A company for each way it can lie to the caller's own. */
export const companies = {
  root: id('1'),
  parent: id('2'),
  own: id('3'),
  child: id('4'),
  grandchild: id('5'),
  sibling: id('6'),
  nephew: id('7'),
  foreign: id('8'),
  none: null,
} as const

export const userId = id('a')

/** The access of a user of `own`; a SYSTEM_ADMIN has no company. */
export function accessOf(role: Role, companyId: string | null = role === 'SYSTEM_ADMIN' ? null : companies.own): Access {
  const unrestricted = role === 'SYSTEM_ADMIN'
  return {
    user: { id: userId, role, companyId, isActive: true },
    sessionId: null,
    unrestricted,
    ancestorIds: unrestricted ? [] : [companies.root, companies.parent],
    // Named for CHILD_USER too: that they see none of them is for the rules to say.
    descendantIds: unrestricted ? [] : [companies.child, companies.grandchild],
  }
}
