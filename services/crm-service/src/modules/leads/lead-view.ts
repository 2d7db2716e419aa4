import type { StoredLead } from './leads.repository.ts'
import type { Lead } from './leads.schemas.ts'

/** A lead as the API shows it. */
export function toLead(row: StoredLead): Lead {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    status: row.status,
    companyId: row.companyId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }
}
