import type { Target, TargetKind } from '../matrix/row.ts'
import type { Actor } from '../system/actors.ts'
import type { TestData } from '../system/make-test-data.ts'
import { type KnownRecord, type RecordKind, unknownId } from '../system/records.ts'
import { columnOf } from './visibility.ts'

const unknownToken = 'A'.repeat(43)

/** The targets of a column of a table for somebody: records that no case changes. */
export function targetsIn(testData: TestData, { on, column, caller }: { on: TargetKind; column: string; caller: Actor }): Target[] {
  const bare = { column, id: '', place: null }
  if (on === 'nothing') return [bare]
  if (on === 'caller') return [{ ...bare, id: caller.id }]
  if (on === 'ownPassword' || on === 'login') {
    return [{ ...bare, email: caller.email, password: column === 'right' ? caller.password : 'another password' }]
  }
  if (on === 'refreshToken') return [{ ...bare, refreshToken: column === 'own' ? caller.refreshToken : unknownToken }]
  if (on === 'move') return movesIn(testData, caller, column)
  if (column === 'none') return [bare]
  if (column === 'unknown') return [{ ...bare, id: unknownId }]
  if (on === 'session' && column === 'ended') return [{ ...bare, id: testData.endedSessions.get(caller.id) ?? unknownId }]
  return standing(testData, on, caller)
    .filter((record) => columnOf(caller, record) === column)
    .map((record) => ({ column, ...record, ...leadOf(testData, record) }))
}

/** A colleague of the caller, to be moved to each company of the column. */
function movesIn(testData: TestData, caller: Actor, column: string): Target[] {
  const colleague = testData.otherUsers.find(({ place, role }) => place === caller.companyPlace && role === 'CHILD_USER')
  if (!colleague) return []
  return targetsIn(testData, { on: 'company', column, caller }).map(({ id }) => ({ column, ...colleague, companyId: id }))
}

function standing({ maker: { records }, otherUsers }: TestData, on: TargetKind, caller: Actor): KnownRecord[] {
  if (on === 'user') return [...otherUsers, ...records.all('user').filter(({ id }) => id === caller.id)]
  if (on === 'lead' || on === 'deletedLead') return oneOfEachPlace(records.all(on))
  return records.all(recordKinds[on] ?? 'company')
}

const recordKinds: Partial<Record<TargetKind, RecordKind>> = { company: 'company', companyOrNone: 'company', session: 'session' }

function oneOfEachPlace(records: KnownRecord[]): KnownRecord[] {
  return records.filter(({ place }, n) => records.findIndex((other) => other.place === place) === n)
}

/** For a company the email of a lead it has: what a duplicate would be refused for. */
function leadOf({ maker: { records } }: TestData, { kind, place }: KnownRecord): { email?: string } {
  const lead = kind === 'company' ? records.all('lead').find((lead) => lead.place === place) : undefined
  return lead?.email === undefined ? {} : { email: lead.email }
}
