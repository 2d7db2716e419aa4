import type { Access, Role } from '@crm/service-kit/access/access.ts'
import { inScope, mayGrantRole, type UserScope, userReadScope, writeScope } from '@crm/service-kit/access/rules.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import type { Changes } from '@crm/service-kit/records/changes.ts'

/** What decides who may touch a user. */
export interface UserPlace {
  id: string
  companyId: string | null
}

/** What an update may change of a user. */
export interface ChangeableUser {
  email: string
  firstName: string | null
  lastName: string | null
  role: Role
  companyId: string | null
  isActive: boolean
}

export type UserChanges = Changes<ChangeableUser>

/** Whether a user belongs to those that a scope holds. */
export function holdsUser(scope: UserScope, { id, companyId }: UserPlace): boolean {
  return 'userId' in scope ? scope.userId === id : inScope(scope, companyId)
}

/** Throws unless the caller may change something of a user: everyone may of themselves. 404 where they may not even read them. */
export function requireWritableUser(access: Access, user: UserPlace): void {
  if (!holdsUser(userReadScope(access), user)) throw userNotFound()
  if (user.id !== access.user.id && !inScope(writeScope(access, 'user'), user.companyId))
    throw forbidden('You may read this user, but not change them.')
}

/** Throws unless the caller may create users at all, and of this role, and the role fits the company. */
export function requireCreatable(access: Access, user: { role: Role; companyId: string | null }): void {
  requireRoleFitsCompany(user)
  if (access.user.role === 'CHILD_USER') throw forbidden('A CHILD_USER creates no users.')
  requireGrantable(access, user.role)
}

/** Throws unless the caller may make these changes to a user whom they may write; the company they name is another question. */
export function requireAllowedChanges(access: Access, user: UserPlace & ChangeableUser, changes: UserChanges): void {
  if (access.user.role === 'CHILD_USER' && (changes.email || changes.role || changes.companyId || changes.isActive)) {
    throw forbidden('A CHILD_USER changes no more than their own first and last name.')
  }
  if (user.id === access.user.id && (changes.role || changes.companyId || changes.isActive)) {
    throw forbidden('Nobody changes their own role, company or activity.')
  }
  if (changes.role) requireGrantable(access, changes.role.to)
  requireRoleFitsCompany({ role: changes.role?.to ?? user.role, companyId: changes.companyId ? changes.companyId.to : user.companyId })
}

/** Whether the changes would take an active SYSTEM_ADMIN out of office. */
export function endsAdministration(user: ChangeableUser, { role, isActive }: UserChanges): boolean {
  return user.role === 'SYSTEM_ADMIN' && user.isActive && (role !== undefined || isActive !== undefined)
}

export function userNotFound(): AppError {
  return new AppError('not_found', 'There is no such user among those you may see.')
}

export function forbidden(detail: string): AppError {
  return new AppError('forbidden', detail)
}

function requireGrantable(access: Access, role: Role): void {
  if (!mayGrantRole(access, role)) throw forbidden('Nobody grants a role above their own.')
}

function requireRoleFitsCompany({ role, companyId }: { role: Role; companyId: string | null }): void {
  const isSystemAdmin = role === 'SYSTEM_ADMIN'
  if (isSystemAdmin === (companyId === null)) return
  const message = isSystemAdmin ? 'must be null for a SYSTEM_ADMIN' : `must name a company for a ${role}`
  throw new AppError('validation_failed', 'A SYSTEM_ADMIN has no company, everyone else has one.', {
    errors: [{ pointer: '/body/companyId', message }],
  })
}
