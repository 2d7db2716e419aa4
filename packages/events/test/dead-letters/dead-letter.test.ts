import t from 'tap'
import type { BusRecord } from '../../src/bus/bus.ts'
import { deadLetterTopic, type GivenUp, isReplayForOthers, ownersOf, toDeadLetter } from '../../src/dead-letters/dead-letter.ts'
import { readStored } from '../../src/dead-letters/stored-dead-letter.ts'

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

function record(changed: Partial<BusRecord> = {}): BusRecord {
  const place = { topic: 'lead.created', partition: 3, offset: 42, storedAt: new Date('2026-01-31T09:30:00.123Z') }
  return { ...place, key: everyByte, value: everyByte, headers: { ce_id: Buffer.from('id'), odd: everyByte }, ...changed }
}

function givenUp(changed: Partial<GivenUp> = {}): GivenUp {
  const cause = { reason: 'no such lead', errorClass: 'PermanentError', attempts: 5 }
  return { record: record(), group: 'crm-worker.qualify-leads', at: new Date('2026-02-01T00:00:00.000Z'), ...cause, ...changed }
}

function added(changed: Partial<GivenUp> = {}): Record<string, string> {
  const { headers } = toDeadLetter(givenUp(changed))
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (name.startsWith('dlq_') ? [[name, String(value)]] : [])))
}

t.test('a dead letter keeps key, bytes and headers, and says why, where and when', async (t) => {
  const message = toDeadLetter(givenUp())
  t.equal(message.topic, 'lead.created.dlq.crm-worker.qualify-leads')
  t.strictSame([message.key, message.value], [everyByte, everyByte])
  t.strictSame([message.headers.ce_id, message.headers.odd], [Buffer.from('id'), everyByte])
  t.match(added(), {
    dlq_id: /^[0-9a-f]{12}$/,
    dlq_reason: 'no such lead',
    dlq_error_class: 'PermanentError',
    dlq_attempts: '5',
    dlq_group: 'crm-worker.qualify-leads',
    dlq_topic: 'lead.created',
    dlq_partition: '3',
    dlq_offset: '42',
    dlq_time: '2026-02-01T00:00:00.000Z',
  })
})

t.test('the same record given up again by the group has the same id, anything else another', async (t) => {
  const { dlq_id: id } = added()
  t.equal(added({ attempts: 1, reason: 'another', at: new Date() }).dlq_id, id)
  const others = [
    added({ group: 'audit-service.record' }),
    added({ record: record({ offset: 43 }) }),
    added({ record: record({ partition: 4 }) }),
    added({ record: record({ topic: 'lead.updated' }) }),
    added({ record: record({ storedAt: new Date('2026-03-01T00:00:00.000Z') }) }),
  ].map(({ dlq_id }) => dlq_id)
  t.equal(new Set([id, ...others]).size, 6, 'also at the same place of a topic made anew')
})

t.test('a replay that is given up says what it was before; other dlq_ headers do not last', async (t) => {
  const texts = {
    dlq_replay_group: 'crm-worker.qualify-leads',
    dlq_replay_of: '0123456789ab',
    dlq_replayed: '0123456789ab',
    dlq_id: 'x',
    dlq_new: 'x',
  }
  const headers = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]))
  const after = added({ record: record({ headers }) })
  t.match(after, { dlq_replay_group: 'crm-worker.qualify-leads', dlq_replay_of: '0123456789ab', dlq_id: /^[0-9a-f]{12}$/ })
  t.notOk('dlq_replayed' in after || 'dlq_new' in after)
})

t.test('a reason of any kind becomes one short line that a terminal only shows', async (t) => {
  const reasons: [string, string][] = [
    ['two\nlines\r\tand a tab', 'two\\nlines\\r\\tand a tab'],
    ['\u001b[31mred\u001b[0m \u009b2J \u0007', '\\u001b[31mred\\u001b[0m \\u009b2J \\u0007'],
    ['\u202egnp.exe\u200b\ufeff\u2028', '\\u202egnp.exe\\u200b\\ufeff\\u2028'],
    ['half \ud83d of a pair', 'half \\ud83d of a pair'],
    ['Köhler 💥 東京', 'Köhler 💥 東京'],
  ]
  for (const [reason, shown] of reasons) t.equal(added({ reason }).dlq_reason, shown)
  t.equal(added({ reason: 'x'.repeat(1_000) }).dlq_reason, 'x'.repeat(1_000))
  t.equal(added({ reason: 'x'.repeat(1_001) }).dlq_reason, `${'x'.repeat(999)}…`)
  t.equal(added({ reason: '\u0000'.repeat(5_000_000) }).dlq_reason?.length, 1_000)
  t.equal(added({ reason: `${'x'.repeat(998)}💥💥` }).dlq_reason, `${'x'.repeat(998)}…`, 'no half of a character')
  t.equal(added({ errorClass: 'Error\u001b[2J' }).dlq_error_class, 'Error\\u001b[2J')
})

t.test('a replay is for the group it names and no other', async (t) => {
  const replay = record({ headers: { dlq_replay_group: Buffer.from('a.group') } })
  t.equal(isReplayForOthers(replay, 'a.group'), false)
  t.equal(isReplayForOthers(replay, 'another.group'), true)
  t.equal(isReplayForOthers(record(), 'a.group'), false)
})

t.test('the name of a dead letter topic tells its topic and group, also a group with dots', async (t) => {
  t.same(ownersOf(deadLetterTopic('lead.created', 'crm-worker.qualify-leads')), {
    topic: 'lead.created',
    group: 'crm-worker.qualify-leads',
  })
  for (const name of ['lead.created', 'lead.dlq', 'lead.created.dlq.', '.dlq.group', '']) t.equal(ownersOf(name), undefined, name)
})

t.test('a batch of dead letters that cannot be read is none to send again, whatever it holds', async (t) => {
  const topic = 'lead.created.dlq.crm-worker.qualify-leads'
  const stored = record({ topic, headers: {} })
  t.match(readStored(stored), { notReplayable: null })
  const unreadable = { firstOffset: 40, records: 3, reason: 'incorrect header check' }
  t.match(readStored({ ...stored, unreadable }), { notReplayable: 'it is a batch of dead letters that cannot be read' })
})
