import { AppError } from '../errors/app-error.ts'

export interface Versioned {
  version: number
}

export function etagOf(record: Versioned): string {
  return `"${record.version}"`
}

/** Refuses with 412 and the current ETag when `If-Match` names versions and none is the record's. Weak tags never match (RFC 9110, 13.1.1). */
export function requireMatch(ifMatch: string | undefined, record: Versioned): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  const etag = etagOf(record)
  if (ifMatch.split(',').some((tag) => tag.trim() === etag)) return
  throw new AppError('precondition_failed', `The record is at version ${record.version}. Read it again, then decide.`, {
    headers: { etag },
  })
}
