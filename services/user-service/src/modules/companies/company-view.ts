import type { CompanyWithParent } from './companies.repository.ts'
import type { Company } from './companies.schemas.ts'

/** A company as the API shows it. */
export function toCompany(row: CompanyWithParent): Company {
  return {
    id: row.id,
    name: row.name,
    parentId: row.parentId,
    parent: row.parentId === null ? null : { id: row.parentId, name: row.parentName },
    isActive: row.isActive,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }
}
