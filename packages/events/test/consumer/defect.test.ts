import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { effectsOf, noteEffects } from './effects.ts'
import { prepare, thingIn, timeoutMs, untilEffects } from './prepare.ts'

const isDefect = ({ message }: { message: string }) => /^consumer cannot go on, by a defect/.test(message)

t.test('what is wrong around the consumer is no fault of its events: it says so, and goes on once that is put right', async (t) => {
  const { db, bus, lines, consume, versions, deadLetters } = await prepare(t)
  await db.sql`alter table inbox rename to elsewhere`
  await consume(noteEffects)
  await bus.publish(versions(thingIn(0), 3))
  await until(() => lines.filter(isDefect).length === 2, { timeoutMs, what: 'two lines' })
  await db.sql`alter table elsewhere rename to inbox`
  await untilEffects(db, 3)
  t.strictSame(await effectsOf(db), [1, 2, 3])
  t.strictSame(await deadLetters(), [])
  t.match(lines.find(isDefect), { level: 'error', bindings: { partition: 0, offset: 0, err: { message: /"inbox" does not exist/ } } })
})

t.test('a consumer that cannot go on, however often it tries, ends its process', async (t) => {
  const { db, bus, group, topic, lines, consume, versions } = await prepare(t)
  const lost = Promise.withResolvers<Error>()
  await db.sql`drop table inbox`
  await consume(noteEffects, { onLost: lost.resolve })
  await bus.publish(versions(thingIn(0), 3))
  const error = await lost.promise
  t.equal(error.message, `consumer group ${group} cannot go on in topic ${topic}`)
  t.match(error.cause, { message: /"inbox" does not exist/ })
  t.equal(lines.filter(isDefect).length, 6)
})
