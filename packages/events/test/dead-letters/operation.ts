import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { type Bus, type BusMessage, type BusRecord, partitionsPerTopic, UnknownTopicError } from '../../src/bus/bus.ts'
import { deadLetterReplayed } from '../../src/contracts/ops.ts'
import { deadLetterTopic, toDeadLetter } from '../../src/dead-letters/dead-letter.ts'
import { type DeadLetter, findDeadLetters } from '../../src/dead-letters/find-dead-letters.ts'
import { readKeptRecord } from '../../src/dead-letters/read-kept-record.ts'
import { replayDeadLetters } from '../../src/dead-letters/replay-dead-letters.ts'
import { decodeMessage } from '../../src/envelope/decode-message.ts'
import { textOf } from '../fixtures/collector.ts'
import { keyOf, message, numbers } from '../fixtures/messages.ts'

export type OpenBus = (t: Test) => Promise<Bus>

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

async function readAll(bus: Bus, topic: string): Promise<BusRecord[]> {
  const all: BusRecord[] = []
  await bus.read(topic, (records) => {
    all.push(...records)
  })
  return all
}

/** Publishes messages to the topic and gives all its records up, as a group's consumer does. */
async function giveUp(bus: Bus, group: string, messages: readonly BusMessage[]): Promise<void> {
  await bus.publish(messages)
  const topic = messages[0]?.topic ?? ''
  await bus.createTopics([deadLetterTopic(topic, group)])
  const records = await readAll(bus, topic)
  const cause = { reason: 'it failed', errorClass: 'TypeError', attempts: 5, at: new Date() }
  await bus.publish(records.map((record) => toDeadLetter({ record, group, ...cause })))
}

/** What holds for dead letters and their replay on every bus. */
export async function deadLetterOperation(t: Test, openBus: OpenBus): Promise<void> {
  const bus = await openBus(t)

  async function names(): Promise<{ topic: string; group: string }> {
    const topic = `topic.${randomUUID()}`
    await bus.createTopics([topic])
    return { topic, group: `worker.${randomUUID()}` }
  }
  const open = async (topic: string): Promise<DeadLetter[]> =>
    (await findDeadLetters(bus, { topic })).filter(({ replays }) => replays.length === 0)

  await t.test('a dead letter is found with what is known about it, and can be read whole', async (t) => {
    const { topic, group } = await names()
    const eventId = randomUUID()
    await giveUp(bus, group, [{ topic, key: everyByte, value: everyByte, headers: { ce_id: Buffer.from(eventId), odd: everyByte } }])
    const [found, ...others] = await findDeadLetters(bus, { topic })
    t.match(found, {
      group,
      topic,
      offset: 0,
      eventId,
      errorClass: 'TypeError',
      attempts: 5,
      reason: 'it failed',
      replayOf: null,
      replays: [],
    })
    t.equal(others.length, 0)
    const record = found && (await readKeptRecord(bus, found))
    t.strictSame([record?.key, record?.value, record?.headers.odd], [everyByte, everyByte, everyByte])
  })

  await t.test('a replay keeps key, bytes and headers, and is for its group alone', async (t) => {
    const { topic, group } = await names()
    const original = {
      topic,
      key: everyByte,
      value: everyByte,
      headers: { ce_id: Buffer.from('an id'), odd: everyByte, none: Buffer.alloc(0) },
    }
    await giveUp(bus, group, [original])
    const [found] = await open(topic)
    t.equal(await replayDeadLetters(bus, found ? [found] : []), 1)
    const [, replay, ...more] = await readAll(bus, topic)
    t.equal(more.length, 0)
    t.strictSame([replay?.key, replay?.value], [everyByte, everyByte])
    t.strictSame(replay?.headers, {
      ...original.headers,
      dlq_replay_group: Buffer.from(group),
      dlq_replay_of: Buffer.from(found?.id ?? ''),
    })
    t.equal(replay?.partition, found?.partition)
  })

  await t.test('a second replay sends nothing', async (t) => {
    const { topic, group } = await names()
    await giveUp(
      bus,
      group,
      numbers(3).map((value) => message(topic, value, value)),
    )
    t.equal(await replayDeadLetters(bus, await open(topic)), 3)
    t.equal(await replayDeadLetters(bus, await open(topic)), 0)
    t.equal((await readAll(bus, topic)).length, 6)
    const all = await findDeadLetters(bus, { topic })
    t.strictSame(
      all.map(({ replays }) => replays.length),
      [1, 1, 1],
    )
  })

  await t.test('a replay is told as an event', async (t) => {
    const { topic, group } = await names()
    const eventId = randomUUID()
    await giveUp(bus, group, [
      { ...message(topic, 'key', 'value'), headers: { ce_id: Buffer.from(eventId) } },
      message(topic, 'key', 'no event'),
    ])
    const found = await open(topic)
    await replayDeadLetters(bus, found)
    const contracts = new Map([[deadLetterReplayed.type, deadLetterReplayed]])
    const told = (await readAll(bus, deadLetterReplayed.type)).map((record) => decodeMessage(record, contracts).payload)
    const own = found.map(({ id }) => told.filter(({ deadLetterId }) => deadLetterId === id))
    const facts = { companyId: null, actorUserId: null, group, topic, partition: found[0]?.partition, errorClass: 'TypeError' }
    t.match(own, [[{ ...facts, offset: 0, eventId }], [{ ...facts, offset: 1, eventId: null }]])
    t.strictSame(
      own.map(({ length }) => length),
      [1, 1],
    )
  })

  await t.test('dead letters stored twice by a crash are one, also when it was replayed in between', async (t) => {
    const { topic, group } = await names()
    await giveUp(bus, group, [message(topic, 'key', 'value')])
    const [record] = await readAll(bus, topic)
    if (!record) throw new Error('no record')
    const again = toDeadLetter({ record, group, reason: 'it failed', errorClass: 'TypeError', attempts: 5, at: new Date() })
    await bus.publish([again])
    const found = await open(topic)
    t.equal(found.length, 1)
    t.equal(await replayDeadLetters(bus, found), 1)
    await bus.publish([again])
    t.same(await open(topic), [])
    t.equal((await readAll(bus, topic)).length, 2)
  })

  await t.test('a replay that is given up again is another dead letter that names the first', async (t) => {
    const { topic, group } = await names()
    await giveUp(bus, group, [message(topic, 'key', 'value')])
    const [first] = await open(topic)
    await replayDeadLetters(bus, await open(topic))
    const [, replay] = await readAll(bus, topic)
    if (!replay) throw new Error('no replay')
    await bus.publish([toDeadLetter({ record: replay, group, reason: 'again', errorClass: 'TypeError', attempts: 5, at: new Date() })])
    const [second, ...others] = await open(topic)
    t.equal(others.length, 0)
    t.match(second, { replayOf: first?.id, offset: 1, reason: 'again' })
    t.not(second?.id, first?.id)
    await replayDeadLetters(bus, second ? [second] : [])
    const [, , last] = await readAll(bus, topic)
    t.equal(String(last?.headers.dlq_replay_of), second?.id)
  })

  await t.test('more than a batch keeps the order of every partition', async (t) => {
    const { topic, group } = await names()
    const keys = Array.from({ length: partitionsPerTopic }, (_, partition) => keyOf(partition))
    await giveUp(
      bus,
      group,
      numbers(60).flatMap((value) => keys.map((key) => message(topic, key, value))),
    )
    const batches: number[] = []
    const found = await open(topic)
    const replayed = await replayDeadLetters(bus, found, (batch) => batches.push(batch.length))
    t.equal(replayed, 360)
    t.ok(batches.length > 3 && Math.max(...batches) <= 100, `batches of ${batches.join()}`)
    const records = await readAll(bus, topic)
    for (const key of keys) {
      const own = records.filter((record) => String(record.key) === key)
      t.strictSame(own.map(textOf), [...numbers(60), ...numbers(60)], key)
    }
  })

  await t.test('messages that together are too large for one request are replayed all the same', async (t) => {
    const { topic, group } = await names()
    for (const n of numbers(6)) await bus.publish([message(topic, 'key', n.repeat(300_000))])
    await bus.createTopics([deadLetterTopic(topic, group)])
    const cause = { reason: 'it failed', errorClass: 'TypeError', attempts: 5, at: new Date() }
    for (const record of await readAll(bus, topic)) await bus.publish([toDeadLetter({ record, group, ...cause })])
    t.equal(await replayDeadLetters(bus, await open(topic)), 6)
    const values = (await readAll(bus, topic)).map((record) => `${record.value?.length} ${record.value?.toString('latin1', 0, 1)}`)
    t.strictSame(
      values,
      [...numbers(6), ...numbers(6)].map((n) => `300000 ${n}`),
    )
  })

  await t.test('an interruption leaves the rest open, and the next replay sends that', async (t) => {
    const { topic, group } = await names()
    await giveUp(
      bus,
      group,
      numbers(150).map((value) => message(topic, 'key', value)),
    )
    const interrupted = replayDeadLetters(bus, await open(topic), () => {
      throw new Error('interrupted')
    })
    await t.rejects(interrupted, /interrupted/)
    const rest = await open(topic)
    t.equal(rest.length, 50)
    t.equal(await replayDeadLetters(bus, rest), 50)
    t.strictSame((await readAll(bus, topic)).map(textOf), [...numbers(150), ...numbers(150)])
  })

  await t.test('a dead letter is not marked before its message is stored', async (t) => {
    const { topic, group } = await names()
    await giveUp(bus, group, [message(topic, 'key', 'value')])
    const found = await open(topic)
    let calls = 0
    // The bus is gone after so many calls.
    const lostAfter = (stored: number): Bus => ({
      ...bus,
      publish: (messages) => (calls++ < stored ? bus.publish(messages) : Promise.reject(new Error('the bus is gone'))),
    })
    await t.rejects(replayDeadLetters(lostAfter(0), found), /gone/)
    t.equal((await open(topic)).length, 1, 'nothing was sent')
    calls = 0
    await t.rejects(replayDeadLetters(lostAfter(1), found), /gone/)
    t.equal((await readAll(bus, topic)).length, 2)
    t.equal((await open(topic)).length, 1, 'sent and not marked: it may be sent twice and never not at all')
  })

  await t.test('a topic that is gone is named before anything is sent', async (t) => {
    const { topic, group } = await names()
    await giveUp(bus, group, [message(topic, 'key', 'value')])
    const [found] = await open(topic)
    const gone = `topic.${randomUUID()}`
    await bus.createTopics([deadLetterTopic(gone, group)])
    await bus.publish([message(deadLetterTopic(gone, group), 'key', 'value')])
    const [lost] = await open(gone)
    if (!found || !lost) throw new Error('no dead letters')
    await t.rejects(replayDeadLetters(bus, [found, lost]), {
      name: UnknownTopicError.name,
      message: new RegExp(`nothing was replayed.*${gone}$`),
    })
    t.equal((await readAll(bus, topic)).length, 1)
    t.notOk((await bus.listTopics()).includes(gone), 'and is not made')
  })

  await t.test('dead letters are chosen by group and by topic', async (t) => {
    const a = await names()
    const b = await names()
    await giveUp(bus, a.group, [message(a.topic, 'key', 'aa')])
    await giveUp(bus, b.group, [message(b.topic, 'key', 'bb')])
    await giveUp(bus, a.group, [message(b.topic, 'other', 'ba')])
    const places = async (filter: { group?: string; topic?: string }) =>
      (await findDeadLetters(bus, filter)).map(({ group, topic }) => `${group} ${topic}`)
    t.strictSame(await places({ group: b.group }), [`${b.group} ${b.topic}`])
    t.strictSame(await places({ topic: a.topic }), [`${a.group} ${a.topic}`])
    t.strictSame(await places({ group: a.group, topic: a.topic }), [`${a.group} ${a.topic}`])
    t.equal((await places({ group: a.group })).length, 3)
    t.strictSame(await places({ group: b.group, topic: a.topic }), [])
  })

  await t.test('the earliest dead letter comes first, those of one moment in their order', async (t) => {
    const { topic, group } = await names()
    const kept = deadLetterTopic(topic, group)
    await bus.createTopics([kept])
    const at = ['2026-02-03', '2026-02-01', '2026-02-02', '2026-02-02'].map((day) => `${day}T00:00:00.000Z`)
    const key = keyOf(0)
    await bus.publish(
      at.map((time, n) => ({ ...message(kept, key, ''), headers: { dlq_time: Buffer.from(time), ce_id: Buffer.from(`${n}`) } })),
    )
    t.strictSame(
      (await findDeadLetters(bus, { topic })).map(({ eventId }) => eventId),
      ['1', '2', '3', '0'],
    )
  })

  await t.test('malformed headers and bytes of any kind can be found, read and replayed', async (t) => {
    const { topic, group } = await names()
    const kept = deadLetterTopic(topic, group)
    await bus.createTopics([kept])
    const [id, marker] = ['0123456789ab', 'ba9876543210']
    const strange: Record<string, Buffer>[] = [
      {},
      {
        dlq_id: everyByte,
        dlq_partition: everyByte,
        dlq_offset: Buffer.from('-1'),
        dlq_attempts: Buffer.from('1e9'),
        dlq_time: Buffer.from('soon'),
      },
      { dlq_id: Buffer.from(id.toUpperCase()), dlq_reason: everyByte, dlq_error_class: everyByte, ce_id: everyByte },
      { dlq_replayed: Buffer.from('no id') },
      { dlq_id: Buffer.from(id), dlq_group: Buffer.from('another'), dlq_topic: Buffer.from('another.topic') },
      { dlq_id: Buffer.from(marker), dlq_replayed: Buffer.from(id) },
    ]
    await bus.publish(strange.map((headers, n) => ({ topic: kept, key: Buffer.from('key'), value: n % 2 ? null : everyByte, headers })))
    const found = await findDeadLetters(bus, { topic })
    t.equal(found.length, strange.length)
    t.ok(found.every((deadLetter) => /^[0-9a-f]{12}$/.test(deadLetter.id) && deadLetter.group === group && deadLetter.replays.length === 0))
    t.equal(new Set(found.map((deadLetter) => deadLetter.id)).size, strange.length, 'an id each')
    t.strictSame([found[1]?.partition, found[1]?.offset, found[1]?.attempts], [null, null, null])
    for (const deadLetter of found) t.ok(await readKeptRecord(bus, deadLetter), deadLetter.id)
    t.equal(await replayDeadLetters(bus, found), strange.length)
    t.equal((await readAll(bus, topic)).length, strange.length)
    t.same(await open(topic), [])
  })
}
