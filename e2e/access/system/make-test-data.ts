import { until } from '@crm/testing/poll.ts'
import type { CallerKind, RefusedCaller, Role } from '../callers.ts'
import { type Place, places } from '../tree.ts'
import type { Actor } from './actors.ts'
import { call } from './call.ts'
import { inParallel } from './in-parallel.ts'
import { createRecordMaker, type RecordMaker } from './make-records.ts'
import type { KnownRecord } from './records.ts'
import type { System } from './start-system.ts'

/** Two trees of companies with leads and users in each, and those who ask. */
export interface TestData {
  system: System
  maker: RecordMaker
  actors: Record<Role | Exclude<RefusedCaller, 'anonymous'>, Actor>
  /** Further users, at other places, who read the lists. */
  listReaders: Actor[]
  /** Users who do not log in. */
  otherUsers: KnownRecord[]
  /** A session that ended, by its user. */
  endedSessions: ReadonlyMap<string, string>
}

const leadsPerCompany = 3
const withDeactivatedUsers: readonly Place[] = ['root', 'middle', 'child', 'sibling', 'foreignRoot', 'inactive']

const callers: readonly { kind?: CallerKind; role: Role; companyPlace: Place }[] = [
  { role: 'SYSTEM_ADMIN', companyPlace: 'middle' },
  { role: 'PARENT_ADMIN', companyPlace: 'middle' },
  { role: 'CHILD_USER', companyPlace: 'middle' },
  { kind: 'deactivated', role: 'PARENT_ADMIN', companyPlace: 'middle' },
  { kind: 'inactiveCompany', role: 'CHILD_USER', companyPlace: 'inactive' },
  { kind: 'belowInactive', role: 'PARENT_ADMIN', companyPlace: 'belowInactive' },
  { kind: 'endedSession', role: 'CHILD_USER', companyPlace: 'middle' },
  { role: 'PARENT_ADMIN', companyPlace: 'root' },
  { role: 'PARENT_ADMIN', companyPlace: 'grandchild' },
  { role: 'PARENT_ADMIN', companyPlace: 'foreignRoot' },
  { role: 'CHILD_USER', companyPlace: 'root' },
  { role: 'CHILD_USER', companyPlace: 'grandchild' },
  { role: 'CHILD_USER', companyPlace: 'sibling' },
]

/** Makes all that cases are about, and waits until nothing of it changes any more. */
export async function makeTestData(system: System): Promise<TestData> {
  const maker = createRecordMaker(system)
  const { records } = maker
  const { admin } = system
  records.add({ kind: 'user', id: admin.id, place: null, role: 'SYSTEM_ADMIN', isActive: true, email: admin.email })
  records.add({ kind: 'session', id: admin.sessionId, place: null, ownerId: admin.id })
  for (const place of places) await maker.company(place)
  const otherUsers = (await inParallel(places, (place) => peopleOf(maker, place))).flat()
  otherUsers.push(await maker.user(null, 'SYSTEM_ADMIN'))
  await inParallel(places, (place) => leadsOf(system, maker, place))
  const loggedIn = await inParallel(
    callers,
    async ({ kind, role, companyPlace }) => ({ ...(await maker.actor(companyPlace, role)), kind: kind ?? role }),
    4,
  )
  const [SYSTEM_ADMIN, PARENT_ADMIN, CHILD_USER, deactivated, inactiveCompany, belowInactive, endedSession, ...listReaders] = loggedIn
  if (!SYSTEM_ADMIN || !PARENT_ADMIN || !CHILD_USER || !deactivated || !inactiveCompany || !belowInactive || !endedSession) {
    throw new Error('somebody is missing of those who ask')
  }
  const ended = await Promise.all([SYSTEM_ADMIN, PARENT_ADMIN, CHILD_USER].map((actor) => maker.session(actor)))
  for (const session of [...ended, endedSession]) await endSession(system, session)
  await closeWhatIsClosed(maker, deactivated)
  await untilSettled(system)
  return {
    ...{ system, maker, listReaders, otherUsers },
    actors: { SYSTEM_ADMIN, PARENT_ADMIN, CHILD_USER, deactivated, inactiveCompany, belowInactive, endedSession },
    endedSessions: new Map(ended.map(({ id, sessionId }) => [id, sessionId])),
  }
}

async function peopleOf(maker: RecordMaker, place: Place): Promise<KnownRecord[]> {
  const people = [await maker.user(place, 'CHILD_USER'), await maker.user(place, 'PARENT_ADMIN')]
  if (withDeactivatedUsers.includes(place)) people.push(await maker.user(place, 'CHILD_USER', { isActive: false }))
  return people
}

/** Leads of a company, and one more that is deleted once the worker is done with it. */
async function leadsOf({ crmDb }: System, maker: RecordMaker, place: Place): Promise<void> {
  for (let n = 0; n < leadsPerCompany; n++) await maker.lead(place)
  const lead = await maker.lead(place)
  const isQualified = async () => (await crmDb`select from leads where id = ${lead.id} and status = 'QUALIFIED'`).length > 0
  await until(isQualified, { timeoutMs: 30_000, intervalMs: 50, what: 'a lead is qualified' })
  await maker.deleteLead(lead)
}

/** Ends a session, as its user. */
export async function endSession(system: System, session: Actor): Promise<void> {
  const path = `/v1/users/me/sessions/${session.sessionId}`
  const { status } = await call(system['user-service'], { method: 'DELETE', path }, session)
  if (status !== 204) throw new Error(`the end of a session was answered ${status}`)
}

async function closeWhatIsClosed({ records, setActivity }: RecordMaker, deactivated: Actor): Promise<void> {
  const closed = [
    ...records.all('user').filter(({ id }) => id === deactivated.id),
    ...records.all('company').filter(({ place }) => place === 'inactive'),
  ]
  for (const record of closed) await setActivity(record, false)
}

/** Waits until every event is sent and every lead is qualified: from then on nothing changes by itself. */
async function untilSettled({ userDb, crmDb }: System): Promise<void> {
  const unsent = async (sql: System['crmDb']) => (await sql`select from outbox where published_at is null limit 1`).length > 0
  const isSettled = async () => {
    const isNew = (await crmDb`select from leads where status = 'NEW' limit 1`).length > 0
    return !isNew && !(await unsent(crmDb)) && !(await unsent(userDb))
  }
  await until(isSettled, { timeoutMs: 30_000, intervalMs: 50, what: 'nothing changes any more' })
}
