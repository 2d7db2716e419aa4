import type { Executor } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { createEmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts'
import { createConsumer } from '../../src/consumer/create-consumer.ts'
import { defineConsumer } from '../../src/consumer/define-consumer.ts'
import { revocableTransaction } from '../../src/consumer/revocable-transaction.ts'
import type { ReceivedEvent } from '../../src/envelope/decode-message.ts'
import { toMessage } from '../../src/envelope/to-message.ts'
import { outboxRow } from '../../src/outbox/outbox-row.ts'
import { openBusDatabase, openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { dropConnections } from '../fixtures/outages.ts'
import { thingChanged, thingEvent } from '../fixtures/things.ts'

const timeoutMs = 30_000

type Handle = (events: ReceivedEvent<typeof thingChanged>[], tx: Executor) => Promise<void>

async function noteEffects(tx: Executor, events: { id: string; recordId: string }[]): Promise<void> {
  for (const event of events) await tx.sql`insert into effects (event_id, record_id) values (${event.id}, ${event.recordId})`
}

/** A consumer that is handed one event. */
async function consumeOne(t: Test, handle: Handle) {
  const { db } = await openServiceDatabase(t)
  const log = await openBusDatabase(t)
  const { logger, lines } = recordingLogger()
  const bus = createEmbeddedBus({ db: log.db, logger, pollMs: 50 })
  t.teardown(() => bus.close())
  const definition = defineConsumer({ group: 'test-worker.note-things', on: [thingChanged], handle })
  const consumer = createConsumer({ definition, bus, db, logger, metrics: new Registry() })
  await consumer.start()
  const event = thingEvent()
  await bus.publish([toMessage(outboxRow(event))])
  const effects = async () => (await db.sql<{ id: string }[]>`select event_id as id from effects`).map(({ id }) => id)
  return { db, consumer, event, effects, lines, loseLock: () => dropConnections(log.url) }
}

t.test('a handler that hangs does not hold a partition that was lost, and what it does later counts for nothing', async (t) => {
  const gate = Promise.withResolvers<void>()
  const late = Promise.withResolvers<void>()
  let calls = 0
  const { event, effects, lines, loseLock, consumer } = await consumeOne(t, async (events, tx) => {
    calls++
    if (calls === 1) {
      await gate.promise
      await noteEffects(tx, events).then(late.resolve, late.reject)
      return
    }
    await noteEffects(tx, events)
  })
  await until(() => calls === 1, { timeoutMs, what: 'the handler' })
  await loseLock()
  await until(async () => (await effects()).length === 1, { timeoutMs, what: 'the effect of the second delivery' })
  gate.resolve()
  await t.rejects(late.promise, /CONNECTION_CLOSED/)
  t.strictSame(await effects(), [event.id])
  t.equal(calls, 2)
  t.ok(lines.some((line) => /^consumer lost a partition while it handled events of it/.test(line.message)))
  t.notOk(lines.some((line) => line.level === 'error'))
  await t.resolves(consumer.stop())
})

t.test('a statement that hangs does not hold the events of a partition that was lost', async (t) => {
  let calls = 0
  const { event, effects, loseLock } = await consumeOne(t, async (events, tx) => {
    calls++
    await noteEffects(tx, events)
    if (calls === 1) await tx.sql`select pg_sleep(3600) from set_config('statement_timeout', '0', true)`
  })
  await until(() => calls === 1, { timeoutMs, what: 'the handler' })
  await loseLock()
  await until(async () => (await effects()).length === 1, { timeoutMs, what: 'the effect of the second delivery' })
  t.strictSame(await effects(), [event.id])
})

t.test('a transaction does not commit when it was revoked while its work ended', async (t) => {
  const { db } = await openServiceDatabase(t)
  const revoking = new AbortController()
  const work = revocableTransaction(db, revoking.signal, async (tx) => {
    await noteEffects(tx, [{ id: '01980000-0000-7000-8000-000000000001', recordId: 'r' }])
    revoking.abort(new Error('revoked'))
  })
  await t.rejects(work, /revoked/)
  const sessions = async () =>
    (await db.sql`select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`).length
  await until(async () => (await sessions()) === 0, { timeoutMs, what: 'the end of the transaction' })
  t.strictSame([...(await db.sql`select from effects`)], [])
})

t.test('a transaction that was revoked before it began does nothing', async (t) => {
  const { db } = await openServiceDatabase(t)
  let calls = 0
  const work = revocableTransaction(db, AbortSignal.abort(new Error('revoked')), async () => {
    calls++
  })
  await t.rejects(work, /revoked/)
  t.equal(calls, 0)
})

t.test('a transaction that nobody revokes commits, or rolls back with its error', async (t) => {
  const { db } = await openServiceDatabase(t)
  const { signal } = new AbortController()
  const event = { id: '01980000-0000-7000-8000-000000000001', recordId: 'r' }
  t.equal(
    await revocableTransaction(db, signal, async (tx) => {
      await noteEffects(tx, [event])
      return 'done'
    }),
    'done',
  )
  const failing = revocableTransaction(db, signal, async (tx) => {
    await noteEffects(tx, [event])
    throw new TypeError('a defect')
  })
  await t.rejects(failing, TypeError)
  t.equal((await db.sql`select from effects`).length, 1)
})
