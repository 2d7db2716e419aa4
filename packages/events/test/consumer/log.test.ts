import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { PermanentError } from '../../src/consumer/errors.ts'
import { noteEffects } from './effects.ts'
import { prepare, thingIn, timeoutMs, untilEffects } from './prepare.ts'

const retry = { baseMs: 1, maxMs: 2 }
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** What a process would write: the real logger's lines. */
async function prepareLog(t: Test) {
  const prepared = await prepare(t)
  const written: string[] = []
  const logger = createLogger({ name: 'test', level: 'info', destination: { write: (line: string) => void written.push(line) } })
  const lines = (msg: RegExp) => written.map((line) => JSON.parse(line)).filter((line) => msg.test(line.msg))
  return { ...prepared, logger, written, lines }
}

t.test('every line names the group, its place, the event, the attempt, the request and its trace', async (t) => {
  const { db, bus, group, topic, consume, versions, logger, lines } = await prepareLog(t)
  const thingId = thingIn(3)
  let failures = 2
  await consume(
    async (events, tx) => {
      await noteEffects(events, tx)
      if (!events.some(({ sequence }) => sequence === 2)) return
      if (failures-- > 0) throw new TypeError('not yet')
      throw new PermanentError('never', { cause: new Error('because') })
    },
    { logger, retry },
  )
  const events = versions(thingId, 3)
  await bus.publish(events)
  await untilEffects(db, 2)
  await until(() => lines(/event handled/).length === 2, { timeoutMs, what: 'the lines' })
  const about = (n: number) => ({
    group,
    topic,
    partition: 3,
    offset: n,
    eventId: String(events[n]?.headers.ce_id),
    requestId: 'request-1',
    traceparent,
  })
  t.match(lines(/event handled/), [
    { level: 'info', ...about(0), recordId: thingId },
    { level: 'info', ...about(2), recordId: thingId },
  ])
  t.match(lines(/handled together/), [{ level: 'warn', ...about(0), records: 3, err: { type: 'TypeError', message: 'not yet' } }])
  t.match(lines(/consumer failed; the partition is delivered again/), [
    { level: 'error', ...about(1), attempt: 1, pauseMs: Number, err: { type: 'TypeError' } },
  ])
  t.match(lines(/given up/), [{ level: 'error', ...about(1), attempts: 2, err: { type: 'PermanentError', message: /^never/ } }])
})

t.test('headers that anyone may write do not garble the log, whether the event is handled, fails or is malformed', async (t) => {
  const { db, bus, consume, message, logger, written, lines } = await prepareLog(t)
  const thingId = thingIn(3)
  const hostile = { ce_requestid: '\u001b[2J\n"', traceparent: 'x'.repeat(100_000) }
  const spoil = (version: number, more: Record<string, string | Buffer> = {}) => {
    const event = message({ thingId, version })
    const added = Object.entries({ ...hostile, ...more }).map(([name, value]) => [name, Buffer.from(value)])
    return { ...event, headers: { ...event.headers, ...Object.fromEntries(added) } }
  }
  await bus.publish([
    spoil(1, { ce_subject: 'line\nline\u202e' }),
    spoil(2),
    spoil(3, { ce_id: Buffer.from([0, 1, 2, 255]), ce_type: 'y'.repeat(100_000) }),
    spoil(4, { ce_type: '\u001b[31m\u202e' }),
  ])
  await consume(
    async (events, tx) => {
      if (events.some(({ sequence }) => sequence === 2)) throw new PermanentError('never')
      await tx.sql`insert into effects (event_id, record_id) select ${events[0]?.id ?? ''}, 'x'`
    },
    { logger, retry },
  )
  await untilEffects(db, 1)
  await until(() => lines(/given up/).length === 3, { timeoutMs, what: 'the dead letters' })
  t.match(lines(/event handled/), [{ offset: 0 }])
  for (const line of written) {
    t.ok(line.length < 8_000, `${line.length} characters`)
    const { err: { stack: _, ...err } = {}, ...parsed } = JSON.parse(line)
    t.notOk('requestId' in parsed || 'traceparent' in parsed || 'recordId' in parsed, parsed.msg)
    t.notMatch(Object.values({ ...parsed, ...err }).join(' '), /[\p{Cc}\p{Cf}]/u)
  }
  const [, third, fourth] = lines(/given up/)
  t.notOk(third && 'eventId' in third)
  t.match(third, { offset: 2, err: { type: 'MalformedEventError', message: /^malformed event in .*: ce_id .* is not a UUID$/ } })
  t.match(fourth, { offset: 3, err: { message: /type '\\u001b\[31m\\u202e' is unknown/ } })
})
