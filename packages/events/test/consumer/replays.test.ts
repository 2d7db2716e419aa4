import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { PermanentError } from '../../src/consumer/errors.ts'
import { findDeadLetters } from '../../src/dead-letters/find-dead-letters.ts'
import { replayDeadLetters } from '../../src/dead-letters/replay-dead-letters.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { prepare, thingIn, timeoutMs, untilEffects } from './prepare.ts'

function forGroup<M extends { headers: Record<string, Buffer> }>(message: M, group: string): M {
  return { ...message, headers: { ...message.headers, dlq_replay_group: Buffer.from(group), dlq_replay_of: Buffer.from('0123456789ab') } }
}

t.test('what is sent again for another group is passed over, even if it cannot be read', async (t) => {
  const { db, bus, group, topic, consume, message, versions, deadLetters, metric } = await prepare(t)
  const thingId = thingIn(1)
  await consume(noteEffects)
  const [first = message({}), second = first] = versions(thingId, 2)
  await bus.publish([forGroup(first, 'other-worker.note-things'), forGroup({ ...first, value: null }, 'other-worker.note-things'), second])
  await untilEffects(db, 1)
  t.strictSame(await effectsOf(db), [2])
  await bus.publish([forGroup(first, 'other-worker.note-things')])
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
  t.strictSame(await effectsOf(db), [2])
  t.strictSame(await deadLetters(), [])
  t.equal(await metric('crm_consumer_processed_total'), 1)
})

t.test('what is sent again for this group is handled, and the same once more has no effect', async (t) => {
  const { db, bus, group, consume, message, metric } = await prepare(t)
  const event = message({ thingId: thingIn(1), version: 7 })
  await consume(noteEffects)
  await bus.publish([forGroup(event, group)])
  await untilEffects(db, 1)
  await bus.publish([forGroup(event, group), event])
  await until(async () => (await metric('crm_consumer_duplicates_total')) === 2, { timeoutMs, what: 'the duplicates' })
  t.strictSame(await effectsOf(db), [7])
})

t.test('a dead letter whose cause is gone has its effect by a replay, once, and nothing for groups that had handled it', async (t) => {
  const { db, bus, group, topic, contract, consume, versions, metric } = await prepare(t)
  let isBroken = true
  await consume(async (events, tx) => {
    await noteEffects(events, tx)
    if (isBroken && events.some(({ sequence }) => sequence === 2)) throw new PermanentError('not now')
  })
  const other = 'other-worker.note-things'
  const otherSaw: number[] = []
  await consume(noteEffects, {
    definition: {
      group: other,
      on: [contract],
      handle: async (events) => void otherSaw.push(...events.map(({ sequence }) => sequence ?? 0)),
    },
  })
  await bus.publish(versions(thingIn(1), 3))
  await untilEffects(db, 2)
  const [letter, ...more] = await until(
    async () => {
      const found = await findDeadLetters(bus, { group })
      return found.length > 0 && found
    },
    { timeoutMs, what: 'the dead letter' },
  )
  t.strictSame([letter?.topic, letter?.offset, more], [topic, 1, []])
  isBroken = false
  for (let n = 0; n < 2; n++) await replayDeadLetters(bus, letter ? [letter] : [])
  await untilEffects(db, 3)
  await until(async () => (await metric('crm_consumer_duplicates_total')) === 1, { timeoutMs, what: 'the second replay' })
  t.strictSame(await effectsOf(db), [1, 3, 2])
  await until(async () => (await bus.lag(other, [topic])).get(topic) === 0, { timeoutMs, what: 'the other group' })
  t.strictSame(otherSaw, [1, 2, 3])
})

t.test('an event given up again after a replay is a dead letter that says what it was before', async (t) => {
  const { db, bus, group, consume, versions } = await prepare(t)
  await consume(async (events, tx) => {
    await noteEffects(events, tx)
    if (events.some(({ sequence }) => sequence === 1)) throw new PermanentError('never')
  })
  await bus.publish(versions(thingIn(1), 2))
  await untilEffects(db, 1)
  const [first] = await findDeadLetters(bus, { group })
  await replayDeadLetters(bus, first ? [first] : [])
  const letters = await until(
    async () => {
      const found = await findDeadLetters(bus, { group })
      return found.length === 2 && found
    },
    { timeoutMs, what: 'the second dead letter' },
  )
  t.match(letters[1], { replayOf: first?.id, replays: [], offset: 2 })
  t.not(letters[1]?.id, first?.id)
})
