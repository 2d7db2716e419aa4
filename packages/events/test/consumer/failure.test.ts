import { freePort } from '@crm/testing/ports.ts'
import postgres from 'postgres'
import t from 'tap'
import { BusUnavailableError } from '../../src/bus/bus.ts'
import { KafkaUnavailableError } from '../../src/bus/kafka/outage.ts'
import {
  DeadLetterNotStoredError,
  HandlerError,
  HandlerTimeoutError,
  PermanentError,
  RetryableError,
  TakenOverError,
} from '../../src/consumer/errors.ts'
import {
  attemptsAtMost,
  causeOf,
  classify,
  isContention,
  originalError,
  pauseBeforeRetry,
  processCrashes,
} from '../../src/consumer/failure.ts'
import { DatabaseSilentError } from '../../src/database/require-answer.ts'
import { MalformedEventError } from '../../src/envelope/decode-message.ts'
import { openServiceDatabase, things } from '../fixtures/databases.ts'

const byHandler = (cause: unknown) => new HandlerError(cause)
const coded = (code: unknown, more: object = {}) => Object.assign(new Error('it failed'), { code, ...more })
const statement = { query: 'select 1', parameters: [] }
const circle = new Error('a circle')
circle.cause = new Error('its other half', { cause: circle })
const record = { topic: 't', partition: 0, offset: 1, key: null, value: null, headers: {}, storedAt: new Date() }

class Refusal extends PermanentError {}

t.test('whose fault it is', async (t) => {
  for (const { what, error, kind } of [
    { what: 'a defect', error: byHandler(new TypeError('x is not a function')), kind: 'unclassified' },
    { what: 'any error', error: byHandler(new Error('no')), kind: 'unclassified' },
    { what: 'a text', error: byHandler('no'), kind: 'unclassified' },
    { what: 'nothing at all', error: byHandler(undefined), kind: 'unclassified' },
    { what: 'a deadline', error: byHandler(new HandlerTimeoutError('late')), kind: 'retryable' },
    { what: 'a circle of causes', error: byHandler(circle), kind: 'unclassified' },
    { what: 'a plea for patience', error: byHandler(new RetryableError('later')), kind: 'retryable' },
    { what: 'a refusal', error: byHandler(new PermanentError('never')), kind: 'permanent' },
    { what: 'a kind of refusal', error: byHandler(new Refusal('never')), kind: 'permanent' },
    { what: 'a refusal as the cause', error: byHandler(new Error('no', { cause: new PermanentError('never') })), kind: 'permanent' },
    { what: 'a malformed event', error: byHandler(new MalformedEventError(record, 'bad')), kind: 'permanent' },
    {
      what: 'patience although of a refusal: the outermost counts',
      error: byHandler(new RetryableError('later', { cause: new PermanentError('never') })),
      kind: 'retryable',
    },
    {
      what: 'a refusal although of something that passes',
      error: byHandler(new PermanentError('never', { cause: coded('40P01') })),
      kind: 'permanent',
    },
    { what: 'Kafka in the handler', error: byHandler(new KafkaUnavailableError('gone')), kind: 'outage' },
    { what: 'Kafka as the cause', error: byHandler(new Error('no', { cause: new KafkaUnavailableError('gone') })), kind: 'outage' },
    { what: 'any bus', error: byHandler(new BusUnavailableError('gone')), kind: 'outage' },
    { what: 'Kafka in the runtime', error: new KafkaUnavailableError('gone'), kind: 'outage' },
    { what: 'a database that says nothing', error: new DatabaseSilentError('silence'), kind: 'outage' },
    { what: 'another consumer', error: new TakenOverError('mine'), kind: 'outage' },
    { what: 'a statement of the runtime', error: coded('42P01', statement), kind: 'defect' },
    { what: 'a statement of the runtime that takes too long', error: coded('57014', statement), kind: 'outage' },
    { what: 'a lock that the runtime waits for', error: coded('55P03', statement), kind: 'outage' },
    { what: 'a defect of the runtime', error: new TypeError('x is not a function'), kind: 'defect' },
    {
      what: 'a bus that does not take a dead letter',
      error: new DeadLetterNotStoredError('no', { cause: new Error('refused') }),
      kind: 'outage',
    },
    {
      what: 'a refusal because the database is gone: nobody can know that',
      error: byHandler(new PermanentError('never', { cause: coded('CONNECTION_CLOSED') })),
      kind: 'outage',
    },
    { what: 'someone whom the handler called is down', error: byHandler(coded('ECONNREFUSED')), kind: 'unclassified' },
    {
      what: 'the same, by fetch',
      error: byHandler(new TypeError('fetch failed', { cause: coded('ECONNRESET', { syscall: 'read' }) })),
      kind: 'unclassified',
    },
    { what: 'a number that looks like a code', error: byHandler(coded(53_300)), kind: 'unclassified' },
  ]) {
    t.equal(classify(error), kind, what)
  }
})

t.test('what the database says of a statement of the handler', async (t) => {
  for (const [kind, codes] of Object.entries({
    outage: [
      'CONNECTION_CLOSED',
      'CONNECTION_ENDED',
      'CONNECTION_DESTROYED',
      'CONNECT_TIMEOUT',
      'ECONNREFUSED',
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
    ],
    // Connection lost; disk or memory or connections full; shutdown, crash, start.
    'outage ': ['08000', '08006', '53100', '53200', '53300', '57P01', '57P02', '57P03'],
    // Serialization failure, deadlock, lock not had in time; time limit of a statement.
    retryable: ['40001', '40P01', '55P03', '57014'],
    // Division by zero; constraints; idle in transaction for too long; no such table; transaction aborted.
    unclassified: ['22012', '22P02', '23502', '23503', '23505', '23514', '25P03', '42P01', '42703', '25P02', 'P0001', 'XX000'],
  })) {
    for (const code of codes) {
      t.equal(classify(byHandler(coded(code, statement))), kind.trim(), code)
      t.equal(classify(byHandler(new Error('no', { cause: coded(code, statement) }))), kind.trim(), `${code} as the cause`)
    }
  }
})

t.test('errors of real statements are classified the same', async (t) => {
  const { db } = await openServiceDatabase(t)
  const failure = (statement: string) =>
    db.sql.unsafe(statement).then(
      () => undefined,
      (error: unknown) => byHandler(error),
    )
  t.equal(classify(await failure('select 1 / 0')), 'unclassified')
  t.equal(classify(await failure('insert into things values (null, 1)')), 'unclassified')
  t.equal(classify(await failure('select pg_terminate_backend(pg_backend_pid())')), 'outage')
  t.equal(classify(await failure(`set statement_timeout = 20; select pg_sleep(5)`)), 'retryable')
  const nobody = postgres('postgres://nobody@127.0.0.1:1/none', { max: 1, connect_timeout: 1, fetch_types: false })
  t.teardown(() => nobody.end({ timeout: 0 }))
  t.equal(classify(byHandler(await nobody`select`.catch((error: unknown) => error))), 'outage', 'a database that refuses connections')
  const refused = await fetch(`http://127.0.0.1:${await freePort()}`).catch((error: unknown) => error)
  t.match(refused, { cause: { code: 'ECONNREFUSED' } })
  t.equal(classify(byHandler(refused)), 'unclassified', 'a service that refuses connections')
})

t.test('only what was in the way of events handled together has them tried once more as they are', async (t) => {
  for (const code of ['40001', '40P01', '55P03']) t.equal(isContention(byHandler(coded(code, statement))), true, code)
  // They would take as long again.
  t.equal(isContention(byHandler(coded('57014', statement))), false)
  t.equal(isContention(byHandler(new HandlerTimeoutError('late'))), false)
})

t.test('how long to wait, and how often to try', async (t) => {
  t.strictSame(attemptsAtMost, { permanent: 1, retryable: 20, unclassified: 5 })
  const range = { baseMs: 2_000, maxMs: 60_000 }
  const failures = (kind: keyof typeof attemptsAtMost, attempts: number) => ({
    attempts,
    retryableAttempts: kind === 'retryable' ? attempts : 0,
  })
  const pauses = (kind: keyof typeof attemptsAtMost) =>
    Array.from({ length: attemptsAtMost[kind] }, (_, n) => pauseBeforeRetry(kind, failures(kind, n + 1), range))
  t.strictSame(pauses('permanent'), [undefined])
  t.equal(pauses('unclassified').at(-1), undefined)
  t.type(
    pauseBeforeRetry('unclassified', { attempts: 11, retryableAttempts: 7 }, range),
    'number',
    'retryable ones do not count against it',
  )
  t.equal(pauseBeforeRetry('unclassified', { attempts: 12, retryableAttempts: 7 }, range), undefined)
  t.equal(pauses('retryable').at(-1), undefined)
  const seconds = [2, 4, 8, 16, 32, ...Array<number>(14).fill(60)]
  for (const [n, most] of seconds.entries()) {
    const rolled = Array.from({ length: 50 }, () => pauseBeforeRetry('retryable', failures('retryable', n + 1), range) ?? 0)
    t.ok(
      rolled.every((ms) => ms <= most * 1_000 && ms >= most * 800),
      `after ${n + 1}: ${most} s, or up to a fifth less`,
    )
    t.ok(new Set(rolled).size > 1, 'not the same for all')
  }
})

t.test('what a dead letter says of anything that can be thrown', async (t) => {
  class GeocoderError extends Error {}
  const unnamed = Object.assign(new Error('no name'), { name: undefined })
  const mute = Object.assign(new Error('x'), { message: { odd: true } })
  for (const { thrown, reason, errorClass } of [
    { thrown: new TypeError('x is not a function'), reason: 'x is not a function', errorClass: 'TypeError' },
    { thrown: new GeocoderError('no such street'), reason: 'no such street', errorClass: 'GeocoderError' },
    { thrown: new PermanentError('never'), reason: 'never', errorClass: 'PermanentError' },
    { thrown: new Error('no', { cause: new Error('because') }), reason: 'no: because', errorClass: 'Error' },
    { thrown: circle, reason: 'a circle: its other half', errorClass: 'Error' },
    { thrown: 'text', reason: 'text', errorClass: 'string' },
    { thrown: undefined, reason: 'undefined', errorClass: 'undefined' },
    { thrown: null, reason: 'null', errorClass: 'null' },
    { thrown: Object.create(null), reason: '[Object: null prototype] {}', errorClass: 'object' },
    { thrown: Symbol('odd'), reason: 'Symbol(odd)', errorClass: 'symbol' },
    { thrown: { status: 503 }, reason: '{ status: 503 }', errorClass: 'object' },
    { thrown: unnamed, reason: 'no name', errorClass: 'undefined' },
    { thrown: mute, reason: '{ odd: true }', errorClass: 'Error' },
  ]) {
    t.strictSame(causeOf(byHandler(thrown), 5), { reason, errorClass, attempts: 5 })
  }
  t.equal(originalError(byHandler('text')), 'text')
  t.match(processCrashes(3), { errorClass: 'ProcessCrash', attempts: 3, reason: /crashed 3 times/ })
})

t.test('a long reason is cut, and parameters of a statement are left out', async (t) => {
  t.equal(causeOf(byHandler(new Error('x'.repeat(5_000))), 1).reason.length, 1_000)
  const { db } = await openServiceDatabase(t)
  const thrown = await db.orm
    .insert(things)
    .values({ id: 'ada@example.com', version: 1 })
    .catch((error: unknown) => error)
  t.match(thrown, { message: /ada@example.com/ })
  const { reason } = causeOf(byHandler(thrown), 1)
  t.match(reason, /^Failed query: insert into "things".*: invalid input syntax for type uuid/)
  t.notMatch(reason, 'params')
})
