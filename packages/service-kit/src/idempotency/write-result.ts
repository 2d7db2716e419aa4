import { etagOf } from '../http/etag.ts'

/** What a write answers. `body` is null for 204. */
export interface WriteResult<Body> {
  status: 200 | 201 | 204
  body: Body | null
  etag: string | null
  location: string | null
  recordId: string
  companyId: string | null
}

/** The result of a write that answers with the record it wrote. */
export function recordResult<Body extends { id: string; version: number }>(
  status: 200 | 201,
  record: Body,
  { companyId, location = null }: { companyId: string | null; location?: string | null },
): WriteResult<Body> {
  return { status, body: record, etag: etagOf(record), location, recordId: record.id, companyId }
}

/** The result of a write after which there is nothing to show. */
export function emptyResult(record: { id: string; companyId: string | null }): WriteResult<never> {
  return { status: 204, body: null, etag: null, location: null, recordId: record.id, companyId: record.companyId }
}
