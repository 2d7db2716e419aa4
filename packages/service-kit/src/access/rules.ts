import type { Access, Role } from './access.ts'

/** The companies whose records a caller may touch: every company, or these. Queries take their company ids from it. */
export type Scope = { readonly every: true } | { readonly every: false; readonly companyIds: readonly string[] }

/** The kinds of record that belong to a company. `company` is the company's own record. */
export type RecordKind = 'lead' | 'customer' | 'company' | 'user'

/** The users a caller may touch: those of the companies in scope, or oneself alone. */
export type UserScope = Scope | { readonly every: false; readonly userId: string }

type Reach = 'own' | 'descendants' | 'ancestors'
type Grants = { readonly [role in Exclude<Role, 'SYSTEM_ADMIN'>]: { readonly read: readonly Reach[]; readonly write: readonly Reach[] } }

const grants: { readonly [kind in RecordKind]: Grants } = {
  lead: {
    PARENT_ADMIN: { read: ['own', 'descendants'], write: ['own', 'descendants'] },
    CHILD_USER: { read: ['own'], write: ['own'] },
  },
  customer: {
    PARENT_ADMIN: { read: ['own', 'descendants', 'ancestors'], write: ['own', 'descendants'] },
    CHILD_USER: { read: ['own', 'ancestors'], write: ['own'] },
  },
  company: {
    PARENT_ADMIN: { read: ['own', 'descendants', 'ancestors'], write: ['descendants'] },
    CHILD_USER: { read: ['own', 'ancestors'], write: [] },
  },
  user: {
    PARENT_ADMIN: { read: ['own', 'descendants'], write: ['own', 'descendants'] },
    CHILD_USER: { read: [], write: [] },
  },
}

export function readScope(access: Access, kind: RecordKind): Scope {
  return scopeOf(access, kind, 'read')
}

export function writeScope(access: Access, kind: RecordKind): Scope {
  return scopeOf(access, kind, 'write')
}

/** The users a caller may read: CHILD_USER only themselves. */
export function userReadScope(access: Access): UserScope {
  return access.user.role === 'CHILD_USER' ? { every: false, userId: access.user.id } : readScope(access, 'user')
}

/** The companies a caller may create companies below; roots are SYSTEM_ADMIN's. */
export function parentCompanyScope(access: Access): Scope {
  if (access.unrestricted) return { every: true }
  return access.user.role === 'PARENT_ADMIN' ? companies(access, ['own', 'descendants']) : nothing
}

/** A company id of null belongs to no company: only an unrestricted scope holds it. */
export function inScope(scope: Scope, companyId: string | null): boolean {
  return scope.every || (companyId !== null && scope.companyIds.includes(companyId))
}

/** The part of a scope that lies within `companyIds`: a filter narrows, it never widens. */
export function narrow(scope: Scope, companyIds: readonly string[]): Scope {
  return { every: false, companyIds: scope.every ? companyIds : companyIds.filter((id) => scope.companyIds.includes(id)) }
}

const rank: { readonly [role in Role]: number } = { CHILD_USER: 1, PARENT_ADMIN: 2, SYSTEM_ADMIN: 3 }

/** Nobody grants a role above their own; a CHILD_USER grants none. */
export function mayGrantRole(access: Access, role: Role): boolean {
  return access.user.role !== 'CHILD_USER' && rank[role] <= rank[access.user.role]
}

const nothing: Scope = { every: false, companyIds: [] }

function scopeOf(access: Access, kind: RecordKind, act: 'read' | 'write'): Scope {
  if (access.unrestricted) return { every: true }
  if (access.user.role === 'SYSTEM_ADMIN') return nothing
  return companies(access, grants[kind][access.user.role][act])
}

function companies({ user, ancestorIds, descendantIds }: Access, reaches: readonly Reach[]): Scope {
  if (user.companyId === null) return nothing
  const ids = { own: [user.companyId], descendants: descendantIds, ancestors: ancestorIds }
  return { every: false, companyIds: reaches.flatMap((reach) => ids[reach]) }
}
