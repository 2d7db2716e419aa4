import type { Access, Role } from '@crm/service-kit/access/access.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { changesBetween } from '@crm/service-kit/records/changes.ts'
import t from 'tap'
import { endsAdministration, requireAllowedChanges, requireCreatable, requireWritableUser } from '../../../src/modules/users/user-rules.ts'

const access = (role: Role, companyId: string | null = 'own'): Access => ({
  user: { id: 'self', role, companyId, isActive: true },
  sessionId: null,
  unrestricted: role === 'SYSTEM_ADMIN',
  ancestorIds: companyId === null ? [] : ['above'],
  descendantIds: role === 'PARENT_ADMIN' ? ['below'] : [],
})
const admin = access('SYSTEM_ADMIN', null)
const parentAdmin = access('PARENT_ADMIN')
const childUser = access('CHILD_USER')

function outcome(rule: () => void): string {
  try {
    rule()
    return 'allowed'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

const creations: [string, Access, Role, string | null, string][] = [
  ['a SYSTEM_ADMIN creates one without a company', admin, 'SYSTEM_ADMIN', null, 'allowed'],
  ['a SYSTEM_ADMIN has no company', admin, 'SYSTEM_ADMIN', 'own', 'validation_failed'],
  ['everyone else has one', admin, 'CHILD_USER', null, 'validation_failed'],
  ['a PARENT_ADMIN creates their equals', parentAdmin, 'PARENT_ADMIN', 'own', 'allowed'],
  ['a PARENT_ADMIN grants nothing above their role', parentAdmin, 'SYSTEM_ADMIN', null, 'forbidden'],
  ['a CHILD_USER creates nobody', childUser, 'CHILD_USER', 'own', 'forbidden'],
]
for (const [rule, caller, role, companyId, expected] of creations) {
  t.test(rule, async (t) =>
    t.equal(
      outcome(() => requireCreatable(caller, { role, companyId })),
      expected,
    ),
  )
}

const targets: [string, Access, { id: string; companyId: string | null }, string][] = [
  ['a CHILD_USER writes themselves', childUser, { id: 'self', companyId: 'own' }, 'allowed'],
  ['a CHILD_USER sees no colleague', childUser, { id: 'other', companyId: 'own' }, 'not_found'],
  ['a PARENT_ADMIN writes users of their company', parentAdmin, { id: 'other', companyId: 'own' }, 'allowed'],
  ['a PARENT_ADMIN writes users below', parentAdmin, { id: 'other', companyId: 'below' }, 'allowed'],
  ['a PARENT_ADMIN sees no users above', parentAdmin, { id: 'other', companyId: 'above' }, 'not_found'],
  ['a PARENT_ADMIN sees no SYSTEM_ADMIN', parentAdmin, { id: 'other', companyId: null }, 'not_found'],
  ['a SYSTEM_ADMIN writes everybody', admin, { id: 'other', companyId: null }, 'allowed'],
]
for (const [rule, caller, user, expected] of targets) {
  t.test(rule, async (t) =>
    t.equal(
      outcome(() => requireWritableUser(caller, user)),
      expected,
    ),
  )
}

const person = {
  id: 'other',
  email: 'a@b.c',
  firstName: null,
  lastName: null,
  role: 'CHILD_USER' as Role,
  companyId: 'own',
  isActive: true,
}
const self = { ...person, id: 'self' }
const changes: [string, Access, typeof person, Partial<typeof person> | { companyId: null; role?: Role }, string][] = [
  ['a CHILD_USER changes their own names', childUser, self, { firstName: null, lastName: null }, 'allowed'],
  ['a CHILD_USER does not change their email', childUser, self, { email: 'x@y.z' }, 'forbidden'],
  ['nobody changes their own role', parentAdmin, { ...self, role: 'PARENT_ADMIN' }, { role: 'CHILD_USER' }, 'forbidden'],
  ['nobody moves themselves', parentAdmin, { ...self, role: 'PARENT_ADMIN' }, { companyId: 'below' }, 'forbidden'],
  ['nobody deactivates themselves', parentAdmin, { ...self, role: 'PARENT_ADMIN' }, { isActive: false }, 'forbidden'],
  ['a PARENT_ADMIN promotes to their own role', parentAdmin, person, { role: 'PARENT_ADMIN' }, 'allowed'],
  ['a PARENT_ADMIN promotes no further', parentAdmin, person, { role: 'SYSTEM_ADMIN', companyId: null }, 'forbidden'],
  ['a SYSTEM_ADMIN makes a SYSTEM_ADMIN by taking the company away', admin, person, { role: 'SYSTEM_ADMIN', companyId: null }, 'allowed'],
  ['a SYSTEM_ADMIN with a company is refused', admin, person, { role: 'SYSTEM_ADMIN' }, 'validation_failed'],
  ['a user without a company is refused', admin, person, { companyId: null }, 'validation_failed'],
]
for (const [rule, caller, user, update, expected] of changes) {
  t.test(rule, async (t) => {
    const { id: _, ...fields } = user
    const found = changesBetween<{ [field in keyof typeof fields]: (typeof fields)[field] | null }>(fields, update)
    t.equal(
      outcome(() => requireAllowedChanges(caller, user, found as Parameters<typeof requireAllowedChanges>[2])),
      expected,
    )
  })
}

t.test('only an active SYSTEM_ADMIN leaves an office empty', async (t) => {
  const office = { ...person, role: 'SYSTEM_ADMIN' as const, companyId: null }
  t.equal(endsAdministration(office, { isActive: { from: true, to: false } }), true)
  t.equal(endsAdministration(office, { role: { from: 'SYSTEM_ADMIN', to: 'CHILD_USER' } }), true)
  t.equal(endsAdministration(office, { email: { from: 'a', to: 'b' } }), false)
  t.equal(endsAdministration({ ...office, isActive: false }, { isActive: { from: false, to: true } }), false)
  t.equal(endsAdministration(person, { isActive: { from: true, to: false } }), false)
})
