import t from 'tap'
import { createOutageLog, mostCauses } from '../../src/logging/outage-log.ts'
import { recordingLogger } from '../fixtures/logger.ts'

const message = 'it cannot be read; it retries until it can'

function prepare() {
  const { logger, lines } = recordingLogger()
  return { lines, outage: createOutageLog(logger, { group: 'test' }) }
}

const coded = (name: string, code: string, text: string) => Object.assign(new Error(text), { name, code })
const wrapped = (cause: unknown) => new Error('Kafka is not available', { cause })

t.test('an outage is logged once however often it is tried, and its end with the failures', async (t) => {
  const { lines, outage } = prepare()
  for (let n = 0; n < 5; n++) outage.failed(wrapped(coded('ConnectionError', 'ECONNREFUSED', 'connect')), message)
  t.equal(outage.failures(), 5)
  outage.over('it works again')
  t.match(lines, [
    { level: 'warn', message },
    { level: 'info', message: 'it works again', bindings: { group: 'test', failures: 5 } },
  ])
  outage.over('it works again')
  t.equal(lines.length, 2, 'without a failure before, nothing is over')
  outage.failed(wrapped(coded('ConnectionError', 'ECONNREFUSED', 'connect')), message)
  t.equal(lines.length, 3, 'the next outage is another')
})

const second: [string, Error, Error][] = [
  ['another class', new TypeError('no'), new RangeError('no')],
  ['another code', coded('PostgresError', '57P03', 'no'), coded('PostgresError', '28P01', 'no')],
  ['another text', new Error('broker down'), new Error('credentials refused')],
  ['another cause within the same error', wrapped(new Error('broker down')), wrapped(wrapped(new Error('topic unknown')))],
  [
    'another first of several',
    new AggregateError([coded('Error', 'ECONNREFUSED', 'a')]),
    new AggregateError([coded('Error', 'ETIMEDOUT', 'a')]),
  ],
  ['another kind of answer by a broker', Object.assign(new Error('no'), { type: 'A' }), Object.assign(new Error('no'), { type: 'B' })],
]
for (const [what, before, after] of second) {
  t.test(`a failure with the same message and ${what} is logged`, async (t) => {
    const { lines, outage } = prepare()
    for (const error of [before, before, after, after]) outage.failed(error, message)
    t.strictSame(
      lines.map(({ bindings }) => bindings.err),
      [before, after],
    )
  })
}

t.test('causes that take turns, or differ in numbers and ids alone, are logged once', async (t) => {
  const { lines, outage } = prepare()
  for (let n = 0; n < 100; n++) {
    outage.failed(wrapped(new Error(`connect ECONNREFUSED 127.0.0.1:${n}`)), message)
    outage.failed(wrapped(new Error(`timeout after ${n} ms of request 01980000-0000-7000-8000-${String(n).padStart(12, '0')}`)), message)
  }
  t.equal(lines.length, 2)
})

t.test('causes without end do not fill the log', async (t) => {
  const { lines, outage } = prepare()
  for (let n = 0; n < 1_000; n++) outage.failed(new Error('x'.repeat(n % 500)), message)
  t.equal(lines.length, mostCauses)
})

t.test('whatever was thrown can be logged, also an error that is its own cause', async (t) => {
  const { lines, outage } = prepare()
  const circular = new Error('circular')
  circular.cause = circular
  for (const thrown of [circular, 'text', undefined, null, 7]) outage.failed(thrown, message)
  t.ok(lines.length >= 2)
})
