import { matrix } from '../matrix/matrix.ts'
import type { Table } from '../matrix/table.ts'
import type { Actor } from '../system/actors.ts'
import type { KnownRecord, RecordKind } from '../system/records.ts'
import { relationOf } from '../tree.ts'

const reads: Record<Exclude<RecordKind, 'session'>, Table> = {
  lead: tableOf('getLead', 'lead'),
  deletedLead: tableOf('getLead', 'deletedLead'),
  company: tableOf('getCompany', 'company'),
  user: tableOf('getUser', 'user'),
}

/** Whether the matrix lets somebody read a record, by its row of getLead, getCompany or getUser; sessions are their user's. */
export function mayRead(actor: Actor, record: KnownRecord): boolean {
  if (record.kind === 'session') return record.ownerId === actor.id
  return reads[record.kind].outcome(actor.role, columnOf(actor, record)) === 'ok'
}

/** The column of a record, for somebody. */
export function columnOf(actor: Actor, { kind, id, place, ownerId }: KnownRecord): string {
  if ((kind === 'user' && id === actor.id) || ownerId === actor.id) return 'self'
  return place === null ? 'system' : relationOf(place, actor.companyPlace)
}

function tableOf(operation: string, on: string): Table {
  const row = matrix.find((row) => row.operation === operation && row.on === on && row.query === undefined)
  if (!row) throw new Error(`the matrix has no row for ${operation} on ${on}`)
  return row.expected
}
