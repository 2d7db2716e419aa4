import type { StoredUser } from './users.repository.ts'
import type { User } from './users.schemas.ts'

/** A user as the API shows them. */
export function toUser(row: StoredUser): User {
  return {
    id: row.id,
    email: row.email,
    firstName: row.firstName,
    lastName: row.lastName,
    role: row.role,
    companyId: row.companyId,
    isActive: row.isActive,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }
}
