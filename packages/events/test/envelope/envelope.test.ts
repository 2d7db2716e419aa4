import t from 'tap'
import type { BusMessage, BusRecord } from '../../src/bus/bus.ts'
import type { EventContract } from '../../src/contracts/contract.ts'
import { decodeMessage, MalformedEventError } from '../../src/envelope/decode-message.ts'
import { newEvent } from '../../src/envelope/new-event.ts'
import { toMessage } from '../../src/envelope/to-message.ts'
import { outboxRow } from '../../src/outbox/outbox-row.ts'
import { thingChanged, thingEvent, thingSeen } from '../fixtures/things.ts'

const thingId = '01980000-0000-7000-8000-000000000001'
const contracts = new Map<string, EventContract>([thingChanged, thingSeen].map((contract) => [contract.type, contract]))
const occurredAt = new Date('2026-01-31T09:30:00.123Z')

function record(change: (message: BusMessage) => void = () => {}): BusRecord {
  const message = toMessage(outboxRow(thingEvent({ thingId, version: 7 })))
  change(message)
  return { ...message, partition: 3, offset: 41, storedAt: new Date() }
}

t.test('a message follows CloudEvents 1.0 in Kafka binary mode', async (t) => {
  const event = thingEvent({ thingId, version: 7 })
  const { topic, key, value, headers } = toMessage(outboxRow(event))
  t.equal(topic, 'thing.changed')
  t.equal(key?.toString(), thingId)
  t.strictSame(JSON.parse(String(value)), { thingId, note: 'changed' })
  t.strictSame(Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()])), {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_type: 'thing.changed',
    ce_source: '/test-service',
    ce_subject: thingId,
    ce_time: '2026-01-31T09:30:00.123Z',
    ce_sequence: '7',
    ce_requestid: 'request-1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  })
})

t.test('what is decoded is what was made, with its place in the log', async (t) => {
  const event = thingEvent({ thingId, version: 7 })
  const received = decodeMessage({ ...toMessage(outboxRow(event)), partition: 3, offset: 41, storedAt: new Date() }, contracts)
  t.strictSame(received, { ...event, topic: 'thing.changed', partition: 3, offset: 41 })
})

t.test('an event without sequence, request and trace goes through', async (t) => {
  const event = newEvent(thingSeen, { recordId: thingId, sequence: null, payload: { thingId }, occurredAt, context: {} })
  const message = toMessage(outboxRow(event))
  t.notOk('ce_sequence' in message.headers)
  t.match(decodeMessage({ ...message, partition: 0, offset: 0, storedAt: new Date() }, contracts), {
    sequence: null,
    requestId: null,
    traceparent: null,
  })
})

t.test('fields and headers a consumer does not know are no fault', async (t) => {
  const odd = record((message) => {
    message.value = Buffer.from(JSON.stringify({ thingId, note: 'x', colour: 'blue' }))
    message.headers.somebody = Buffer.from([0xff, 0x00])
  })
  t.match(decodeMessage(odd, contracts).payload, { colour: 'blue' })
})

t.test('every kind of malformed record is refused with what is wrong and where', async (t) => {
  const cases: [string, (message: BusMessage) => void, RegExp][] = [
    ...['ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time', 'ce_specversion', 'content-type'].map(
      (name): [string, (message: BusMessage) => void, RegExp] => [
        `no ${name}`,
        (message) => delete message.headers[name],
        new RegExp(`header ${name} is missing`),
      ],
    ),
    ['other specversion', (message) => header(message, 'ce_specversion', '0.3'), /ce_specversion is '0\.3'/],
    ['id not a UUID', (message) => header(message, 'ce_id', '17'), /ce_id '17' is not a UUID/],
    ['unknown type', (message) => header(message, 'ce_type', 'thing.vanished'), /type 'thing\.vanished' is unknown/],
    ['not JSON by header', (message) => header(message, 'content-type', 'text/plain'), /content-type is 'text\/plain'/],
    ['no time', (message) => header(message, 'ce_time', 'yesterday'), /ce_time 'yesterday' is not a time/],
    ['no sequence where one is due', (message) => delete message.headers.ce_sequence, /ce_sequence/],
    ['sequence not a number', (message) => header(message, 'ce_sequence', 'seven'), /ce_sequence/],
    ['sequence below 1', (message) => header(message, 'ce_sequence', '0'), /ce_sequence/],
    ['broken JSON', (message) => value(message, '{"thingId":'), /not JSON/],
    ['not UTF-8', (message) => value(message, Buffer.from([0x22, 0xff, 0x22])), /not JSON in UTF-8/],
    ['no value', (message) => value(message, null), /not JSON/],
    ['not an object', (message) => value(message, '17'), /payload must be object/],
    ['required field missing', (message) => value(message, JSON.stringify({ thingId })), /must have required property 'note'/],
    ['field of a wrong type', (message) => value(message, JSON.stringify({ thingId, note: 5 })), /payload\/note must be string/],
    ['field of a wrong format', (message) => value(message, JSON.stringify({ thingId: 'x', note: '' })), /payload\/thingId/],
  ]
  for (const [what, change, message] of cases) {
    const broken = record(change)
    try {
      decodeMessage(broken, contracts)
      t.fail(what)
    } catch (error) {
      t.ok(error instanceof MalformedEventError, what)
      t.match(error, { message, record: broken }, what)
      t.match(error, { message: /thing\.changed, partition 3, offset 41/ }, what)
    }
  }
})

t.test('an event that breaks its contract is not made', async (t) => {
  const input = { recordId: thingId, sequence: 1, occurredAt, context: {} }
  const wrong = { thingId, note: 5 } as unknown as { thingId: string; note: string }
  t.throws(() => newEvent(thingChanged, { ...input, payload: wrong }), /thing\.changed breaks its contract: payload\/note/)
  t.throws(() => newEvent(thingChanged, { ...input, sequence: null, payload: { thingId, note: '' } }), /sequence/)
  t.throws(() => newEvent(thingChanged, { ...input, sequence: 0, payload: { thingId, note: '' } }), /sequence/)
  t.throws(() => newEvent(thingSeen, { ...input, payload: { thingId } }), /sequence/)
})

t.test('ids are UUIDv7 and differ', async (t) => {
  const ids = [thingEvent().id, thingEvent().id]
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.not(ids[0], ids[1])
})

function header(message: BusMessage, name: string, text: string): void {
  message.headers[name] = Buffer.from(text)
}

function value(message: BusMessage, content: string | Buffer | null): void {
  message.value = typeof content === 'string' ? Buffer.from(content) : content
}
