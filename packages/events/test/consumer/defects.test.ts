import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import type { ApplyEvents, PrepareEvents } from '../../src/consumer/define-consumer.ts'
import type { ThingContract } from '../fixtures/things.ts'
import { effectsOf, noteEffects, type ThingReceived } from './effects.ts'
import { type Handling, headersOf, prepare, thingIn, timeoutMs, untilEffects, upTo } from './prepare.ts'

const retry = { baseMs: 1, maxMs: 4 }

/** Throws without being asked for a promise. */
function throwing(thrown: unknown): never {
  throw thrown
}

class OddError extends Error {}

/** What a handler may do with an event, and the class and reason of the dead letter it becomes. */
const defects: { how: string; errorClass: string; reason: RegExp; fail: () => Promise<void> }[] = [
  { how: 'TypeError', errorClass: 'TypeError', reason: /of undefined/, fail: async () => throwing(new TypeError('x of undefined')) },
  { how: 'RangeError', errorClass: 'RangeError', reason: /Invalid array length/, fail: async () => void new Array(-1) },
  { how: 'ReferenceError', errorClass: 'ReferenceError', reason: /x is not defined/, fail: async () => new Function('return x')() },
  { how: 'SyntaxError', errorClass: 'SyntaxError', reason: /JSON/, fail: async () => JSON.parse('{') },
  { how: 'an error of its own', errorClass: 'OddError', reason: /^odd$/, fail: async () => throwing(new OddError('odd')) },
  { how: 'a synchronous throw', errorClass: 'TypeError', reason: /^at once$/, fail: () => throwing(new TypeError('at once')) },
  { how: 'a text', errorClass: 'string', reason: /^text$/, fail: () => Promise.reject('text') },
  { how: 'undefined', errorClass: 'undefined', reason: /^undefined$/, fail: () => Promise.reject() },
  { how: 'null', errorClass: 'null', reason: /^null$/, fail: () => throwing(null) },
  { how: 'an object of nothing', errorClass: 'object', reason: /null prototype/, fail: () => throwing(Object.create(null)) },
  { how: 'an error that is its own cause', errorClass: 'Error', reason: /^round$/, fail: () => throwing(roundError()) },
  {
    how: 'an error with an odd message',
    errorClass: 'Error',
    reason: /^7$/,
    fail: () => throwing(Object.assign(new Error(), { message: 7 })),
  },
  { how: 'NUL and half a character', errorClass: 'Error', reason: /^\\u0000\\ud800 ö$/, fail: () => throwing(new Error('\0\ud800 ö')) },
]

function roundError(): Error {
  const error = new Error('round')
  error.cause = error
  return error
}

/** Fails with the first events of a thing, one after the other as listed above; the last has its effect. */
const failInTurn = async (events: readonly ThingReceived[]): Promise<void> => {
  for (const { sequence } of events) await defects[(sequence ?? 0) - 1]?.fail()
}

const applying: ApplyEvents<ThingContract> = async (events, tx) => {
  await noteEffects(events, tx)
  await failInTurn(events)
}

const preparing: PrepareEvents<ThingContract> = async (events) => {
  await failInTurn(events)
  return noteEffects
}

const throughPrepare: Handling = { prepare: async () => applying }

for (const [where, handling] of Object.entries({
  'of a handler': applying,
  'of a preparation': { prepare: preparing },
  'of what was prepared': throughPrepare,
} satisfies Record<string, Handling>)) {
  t.test(`no defect ${where} ends the consumer: each event becomes a dead letter with the error's class`, async (t) => {
    const { db, bus, consume, versions, deadLetters, metric } = await prepare(t)
    const thingId = thingIn(2)
    await bus.publish(versions(thingId, defects.length + 1))
    await consume(handling, { retry })
    await untilEffects(db, 1)
    t.strictSame(await effectsOf(db), [defects.length + 1])
    const letters = (await deadLetters()).map(headersOf)
    t.equal(letters.length, defects.length)
    for (const [n, { how, errorClass, reason }] of defects.entries())
      t.match(letters[n], { dlq_error_class: errorClass, dlq_reason: reason, dlq_attempts: '5', dlq_offset: String(n) }, how)
    t.equal(await metric('crm_consumer_dead_lettered_total', { cause: 'attempts' }), defects.length)
  })
}

for (const [how, swallow] of Object.entries({
  'by the server': async (tx) => {
    await tx.sql`select 1 / 0`.catch(() => {})
  },
  'by a constraint': async (tx) => {
    await tx.sql`insert into things (id, version) values (null, 1)`.catch(() => {})
  },
  'by the client': async (tx) => {
    await tx.sql`select ${undefined as unknown as string}`.catch(() => {})
  },
  'and nobody waits for it': async (tx) => {
    tx.sql`select 1 / 0`.catch(() => {})
  },
  'through the ORM': async (tx) => {
    await tx.orm.execute('select 1 / 0').catch(() => {})
  },
} satisfies Record<string, (tx: Parameters<ApplyEvents<ThingContract>>[1]) => Promise<void>>)) {
  t.test(
    `a handler that swallows a failed statement, refused ${how}, does not lose its event: it fails, and becomes a dead letter`,
    async (t) => {
      const { db, bus, group, consume, versions, deadLetters, metric } = await prepare(t)
      const thingId = thingIn(2)
      await bus.publish(versions(thingId, 3))
      await consume(
        async (events, tx) => {
          await noteEffects(events, tx)
          if (events.some(({ sequence }) => sequence === 2)) await swallow(tx)
        },
        { retry },
      )
      await untilEffects(db, 2)
      t.strictSame(await effectsOf(db), [1, 3])
      t.match((await deadLetters()).map(headersOf), [{ dlq_attempts: '5', dlq_offset: '1' }])
      t.equal((await db.sql`select from inbox where group_name = ${group}`).length, 2, 'only what had an effect counts as handled')
      t.equal(await metric('crm_consumer_processed_total'), 2)
    },
  )
}

t.test('effects that a constraint refuses at the commit fail, and are rolled back with their event', async (t) => {
  const { db, bus, consume, versions, deadLetters, metric } = await prepare(t)
  await db.sql`alter table things add constraint one_version unique (version) deferrable initially deferred`
  await bus.publish(versions(thingIn(2), 3))
  await consume(
    async (events, tx) => {
      await noteEffects(events, tx)
      for (const { id, sequence } of events) await tx.sql`insert into things (id, version) values (${id}, ${sequence === 3 ? 1 : sequence})`
    },
    { retry },
  )
  await until(async () => (await metric('crm_consumer_dead_lettered_total', { cause: 'attempts' })) === 1, {
    timeoutMs,
    what: 'the dead letter',
  })
  t.strictSame(await effectsOf(db), [1, 2])
  t.match((await deadLetters()).map(headersOf), [{ dlq_attempts: '5', dlq_offset: '2', dlq_reason: /duplicate key value/ }])
})

t.test('a statement that fails in a savepoint may be swallowed', async (t) => {
  const { db, bus, consume, versions, metric } = await prepare(t)
  await bus.publish(versions(thingIn(2), 3))
  await consume(async (events, tx) => {
    await tx.transaction(async (nested) => await nested.sql`select 1 / 0`).catch(() => {})
    await noteEffects(events, tx)
  })
  await untilEffects(db, 3)
  t.strictSame(await effectsOf(db), upTo(3))
  t.equal(await metric('crm_consumer_failed_total'), 0)
})

t.test('a handler that empties the list it was given loses no event', async (t) => {
  const { db, bus, group, consume, versions, metric } = await prepare(t)
  const apply: ApplyEvents<ThingContract> = async (events, tx) => {
    for (let event = events.shift(); event; event = events.shift()) await noteEffects([event], tx)
  }
  await bus.publish(versions(thingIn(2), 3))
  await consume({
    prepare: async (events) => {
      events.splice(0)
      return apply
    },
  })
  await until(async () => (await metric('crm_consumer_processed_total')) === 3, { timeoutMs, what: 'three events' })
  t.strictSame(await effectsOf(db), upTo(3))
  t.equal((await db.sql`select from inbox where group_name = ${group}`).length, 3)
})
