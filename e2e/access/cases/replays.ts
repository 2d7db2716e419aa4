import { randomUUID } from 'node:crypto'
import { until } from '@crm/testing/poll.ts'
import { publicApi } from '@crm/testing/responses/public-api.ts'
import { matrix } from '../matrix/matrix.ts'
import { type ReplayRow, type ReplaySetup, replayRows } from '../matrix/replays.ts'
import type { Row } from '../matrix/row.ts'
import type { Actor } from '../system/actors.ts'
import { type Answer, type Asked, call, type EntryPoint, entryPoints } from '../system/call.ts'
import { inParallel } from '../system/in-parallel.ts'
import { endSession, type TestData } from '../system/make-test-data.ts'
import { type Operation, operationsOf, serviceFinder } from '../system/operations.ts'
import { type KnownRecord, newMark } from '../system/records.ts'
import { type Fault, judge } from './judge.ts'

interface Setup extends ReplaySetup {
  caller: Actor
  /** The caller, and their company, as records. */
  user: KnownRecord
  callersCompany: KnownRecord
}

/** How callers lose their access. */
interface Loss {
  how: string
  /** What they are afterwards; nothing at all is answered to them without it. */
  as?: keyof ReplayRow['afterwards']
  happens(testData: TestData, setup: Setup): Promise<void>
}

export const losses: readonly Loss[] = [
  { how: 'demoted', as: 'demoted', happens: ({ maker }, { user }) => maker.changeUser(user, { role: 'CHILD_USER' }) },
  {
    how: 'moved',
    as: 'moved',
    happens: ({ maker }, { user }) => maker.changeUser(user, { companyId: maker.companyId('foreignRoot') }),
  },
  { how: 'deactivated', happens: ({ maker }, { user }) => maker.setActivity(user, false) },
  { how: 'of an inactive company', happens: ({ maker }, { callersCompany }) => maker.setActivity(callersCompany, false) },
  { how: 'logged out', happens: ({ system }, { caller }) => endSession(system, caller) },
]

interface Written {
  row: ReplayRow
  operation: Operation
  target: KnownRecord
  asked: Asked
  /** The first answer, which is remembered. */
  answer: Answer
}

const serviceOf = serviceFinder()

/**
 * Makes every write that takes an Idempotency-Key, as a caller who may; takes their access away; and sends each again. Before, the
 * remembered answer is to come again; afterwards, nobody is to get it who would not get it anew.
 */
export async function runReplays(testData: TestData, loss: Loss): Promise<Fault[]> {
  const setup = await makeSetup(testData)
  const written = await inParallel(replayRows, (row) => write(testData, setup, row), 4)
  const before = await sendAgain(testData, setup, written)
  await loss.happens(testData, setup)
  await untilKnown(testData, setup, written)
  const after = await sendAgain(testData, setup, written)
  return [...before.flatMap(notReplayed), ...after.flatMap((replay) => judgeReplay(testData, { ...replay, setup, loss }))]
}

interface Replay extends Written {
  entryPoint: EntryPoint
  again: Answer
}

/** Each through both entry points, one after the other: at the same moment the second would find the first still running. */
async function sendAgain(testData: TestData, { caller }: Setup, written: Written[]): Promise<Replay[]> {
  const replays = await inParallel(written, async (one) => {
    const sent: Replay[] = []
    for (const entryPoint of entryPoints) {
      sent.push({ ...one, entryPoint, again: await call(urlOf(testData, one.operation, entryPoint), one.asked, caller, entryPoint) })
    }
    return sent
  })
  return replays.flat()
}

async function makeSetup({ maker }: TestData): Promise<Setup> {
  const callersCompany = await maker.company('middle')
  const company = await maker.company('child', callersCompany.id)
  const password = newMark()
  const user = await maker.user('middle', 'PARENT_ADMIN', { companyId: callersCompany.id, password })
  const { id, email = '' } = user
  const caller = await maker.session({ id, email, password, role: 'PARENT_ADMIN', companyPlace: 'middle' })
  return { maker, caller, company, user, callersCompany }
}

async function write(testData: TestData, setup: Setup, row: ReplayRow): Promise<Written> {
  const operation = operationsOf(publicApi()).find(({ id }) => id === row.operation)
  if (!operation) throw new Error(`there is no operation ${row.operation}`)
  const { target, body, made } = await row.write(setup)
  const path = operation.path.replace(/\{[^{}]+\}/, target.id)
  const asked = { method: operation.method, path, idempotencyKey: randomUUID(), ...(body && { body }) }
  const answer = await call(urlOf(testData, operation, 'direct'), asked, setup.caller, 'direct')
  if (answer.status >= 300) throw new Error(`${row.operation} was answered ${answer.status}: ${answer.text}`)
  if (made) setup.maker.records.add({ ...made, id: String(Object(answer.body).id), place: 'child', isActive: true })
  return { row, operation, target, asked, answer }
}

function urlOf({ system }: TestData, { path }: Operation, entryPoint: EntryPoint): string {
  return entryPoint === 'gateway' ? system.gateway : system[serviceOf(path)]
}

function notReplayed({ row, answer, entryPoint, again }: Replay): Fault[] {
  const isSame = again.status === answer.status && again.text === answer.text
  if (isSame && again.headers.get('idempotent-replayed') === 'true') return []
  return [
    { kind: 'untried', text: `${row.operation}, ${entryPoint}: the first answer did not come again, but ${again.status}: ${again.text}` },
  ]
}

/** What the services remember of a caller's access is a second old at most. */
async function untilKnown({ system }: TestData, { caller, company }: Setup, written: Written[]): Promise<void> {
  const lead = written.find(({ row }) => row.operation === 'updateLead')?.target.id
  const isRefused = async (url: string, path: string) => (await call(url, { method: 'GET', path }, caller)).status >= 400
  const isKnown = async () =>
    (await isRefused(system['crm-service'], `/v1/leads/${lead}`)) &&
    (await isRefused(system['user-service'], `/v1/companies/${company.id}`))
  await until(isKnown, { timeoutMs: 30_000, intervalMs: 50, what: 'the loss of access is known' })
}

function judgeReplay(
  { maker }: TestData,
  { row, operation, target, entryPoint, again, setup, loss }: Replay & { setup: Setup; loss: Loss },
): Fault[] {
  const outcome = loss.as === undefined ? 'unauthenticated' : row.afterwards[loss.as]
  const name = `${row.operation} again, by one who is ${loss.how} now, ${entryPoint}`
  const { caller } = setup
  const about = { row: rowOf(row.operation), operation, kind: caller.kind, caller, target: { ...target, column: 'descendant' } }
  const isMarked = again.status >= 300 && again.headers.has('idempotent-replayed')
  return [
    ...judge(maker.records, { ...about, name, entryPoint, outcome }, again),
    ...(isMarked ? [{ kind: 'leak' as const, text: `${name}: the refusal says that there is an answer` }] : []),
  ]
}

function rowOf(operation: string): Row {
  const row = matrix.find((row) => row.operation === operation)
  if (!row) throw new Error(`the matrix has no row for ${operation}`)
  return row
}
