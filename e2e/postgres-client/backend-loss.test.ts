import { join } from 'node:path'
import { createTestDatabase } from '@crm/testing/database.ts'
import { until } from '@crm/testing/poll.ts'
import { startProcess, type TestProcess } from '@crm/testing/processes.ts'
import { startTestServer } from '@crm/testing/server.ts'
import t, { type Test } from 'tap'
import type * as cases from './cases.ts'

type CaseName = keyof typeof cases
const rejected = { rejected: String }

for (const name of ['backendsTerminatedUnderStatements', 'backendsTerminatedUnderTransactions'] satisfies CaseName[]) {
  t.test(`every call settles and the pool goes on when its backends are terminated: ${name}`, async (t) => {
    const result = await play(t, name)
    t.equal(result.unsettled, 0)
    t.ok(Number(result.rejected) > 0, 'calls were hit')
    t.equal(result.usable, true)
    if ('halfBooked' in result) t.match(result, { halfBooked: 0, reportedButAbsent: 0 })
  })
}

t.test(
  'a transaction that lost the only connection of its pool fails, with all it does afterwards, and leaves nothing behind',
  async (t) => {
    const result = await play(t, 'onlyConnectionLostInTransaction')
    t.match(result, { transaction: rejected, second: rejected, swallowed: rejected, usable: true })
    t.same(result.kept, [])
  },
)

t.test('statements after a transaction was ended for idling are rejected', async (t) => {
  t.match(await play(t, 'idleTransactionTimedOut'), { transaction: rejected, late: [rejected, rejected], usable: true })
})

t.test("a reserved connection that was lost does not become somebody else's", async (t) => {
  t.match(await play(t, 'reservedConnectionLost'), { late: rejected, again: { fulfilled: undefined }, usable: true })
})

t.test('a connection lost while the client fetches types fails the call it was opened for and nothing else', async (t) => {
  const result = await play(t, 'lostWhileFetchingTypes', { endsByItself: true })
  t.ok(Number(result.cuts) > 0, 'connections were cut there')
  t.match(result, { during: [rejected, rejected, rejected], arrays: { fulfilled: [{ numbers: [1, 2] }] } })
})

t.test('calls are rejected when connections are accepted and closed at once', async (t) => {
  t.match(await play(t, 'closedBeforeGreeting', { endsByItself: true }), { rejected: 10 })
})

t.test('a value that cannot be sent fails its own statement and nobody else gets its answer', async (t) => {
  const result = await play(t, 'unsendableValueAmongOthers')
  t.match(result, {
    before: { fulfilled: 'before' },
    bad: rejected,
    after: { fulfilled: 'after' },
    last: { fulfilled: 'last' },
    usable: true,
  })
})

t.test('a server killed under load and started again: all calls settle, what was reported is kept, the pool goes on', async (t) => {
  const server = await startTestServer(t)
  const child = await startCase(t, 'serverKilledUnderLoad', server.url())
  await until(() => child.stdout().includes('under load'), { timeoutMs: 20_000, what: 'load on the server' })
  await server.kill()
  await server.start()
  const result = await resultOf(t, child)
  t.ok(Number(result.rejected) > 0, 'calls were hit')
  t.match(result, { unsettled: 0, halfBooked: 0, reportedButAbsent: 0, usable: true })
})

t.test('calls to a server that is not there yet are rejected, and the pool works once it is', async (t) => {
  const server = await startTestServer(t)
  await server.stop()
  const child = await startCase(t, 'refusedAtFirstUse', server.url())
  await until(() => child.stdout().includes('refused'), { timeoutMs: 20_000, what: 'all calls to settle' })
  await server.start()
  t.match(await resultOf(t, child), { rejected: 32, of: 32, afterwards: 2, usable: true })
})

t.test('a pool closed while its server is away settles every call and keeps no process alive', async (t) => {
  const server = await startTestServer(t)
  await server.stop()
  const child = await startCase(t, 'closedWhileRefused', server.url(), { endsByItself: true })
  t.match(await resultOf(t, child), { first: true, closed: true, rejected: 20 })
})

/** Plays a case on a database of its own. */
async function play(t: Test, name: CaseName, options?: { endsByItself: boolean }): Promise<Record<string, unknown>> {
  const { url } = await createTestDatabase(t, { tables: {} })
  return await resultOf(t, await startCase(t, name, url, options))
}

async function startCase(t: Test, name: CaseName, url: string, options = { endsByItself: false }): Promise<TestProcess> {
  const args = [join(import.meta.dirname, 'run-case.ts'), name, url, ...(options.endsByItself ? ['--ends-by-itself'] : [])]
  return await startProcess(t, { command: process.execPath, args })
}

/** What the case came to, within the time in which every call has to settle and some to spare. */
async function resultOf(t: Test, child: TestProcess): Promise<Record<string, unknown>> {
  const exit = await until(async () => await child.exited, { timeoutMs: 25_000, what: 'the case to come to its end' })
  t.same(exit, { code: 0, signal: null }, `the process lives through it\n${child.stderr()}`)
  return JSON.parse(child.stdout().trim().split('\n').at(-1) || '{}') as Record<string, unknown>
}
