import type { LeadRow } from '../../db/schema.ts'
import type { Lead } from './leads.schemas.ts'

/** A lead as the API shows it. */
export function toLead(row: Omit<LeadRow, 'searchText' | 'deletedAt'>): Lead {
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
