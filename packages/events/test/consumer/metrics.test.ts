import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { PermanentError } from '../../src/consumer/errors.ts'
import { crashesAtMost } from '../../src/consumer/retry-state.ts'
import { allowConnections } from '../fixtures/outages.ts'
import { noteEffects } from './effects.ts'
import { prepare, thingIn, timeoutMs, untilEffects } from './prepare.ts'

const retry = { baseMs: 1, maxMs: 2 }

t.test('what becomes of events is counted: processed, failed, retried, duplicates, dead letters by cause', async (t) => {
  const { db, bus, group, topic, consumer, message, versions, metric } = await prepare(t)
  const thingId = thingIn(1)
  const running = consumer(
    async (events, tx) => {
      await noteEffects(events, tx)
      if (events.some(({ payload }) => payload.note === 'always')) throw new Error('always')
      if (events.some(({ payload }) => payload.note === 'never')) throw new PermanentError('never')
    },
    { retry },
  )
  const good = versions(thingId, 3)
  await bus.publish([
    // As a process leaves it that crashed over the first each time.
    message({ thingId, version: 90 }),
    ...good,
    message({ thingId, version: 91, note: 'always' }),
    message({ thingId, version: 92, note: 'never' }),
    { ...message({ thingId, version: 93 }), value: null },
    ...good.slice(0, 2),
    ...versions(thingId, 1, 4),
  ])
  const state = { offset: 0, attempts: 0, crashes: crashesAtMost, singleThrough: 0, sharedCrashes: 0 }
  await db.sql`
    insert into consumer_partitions (group_name, topic, partition, owner, retry_state)
    values (${group}, ${topic}, 1, 'before', ${JSON.stringify(state)}::text::json)`
  await running.start()
  await untilEffects(db, 4)
  const read = async () => ({
    processed: await metric('crm_consumer_processed_total'),
    duplicates: await metric('crm_consumer_duplicates_total'),
    failed: await metric('crm_consumer_failed_total'),
    retried: await metric('crm_consumer_retried_total'),
    crashes: await metric('crm_consumer_dead_lettered_total', { cause: 'crashes' }),
    attempts: await metric('crm_consumer_dead_lettered_total', { cause: 'attempts' }),
    permanent: await metric('crm_consumer_dead_lettered_total', { cause: 'permanent' }),
    malformed: await metric('crm_consumer_dead_lettered_total', { cause: 'malformed' }),
  })
  await until(async () => (await read()).processed === 4, { timeoutMs, what: 'the last count' })
  const counts = await read()
  // Beside five attempts and one, those of batches: of all, and of what is left after the one that took five.
  t.match(counts, { processed: 4, duplicates: 2, retried: 4, crashes: 1, attempts: 1, permanent: 1, malformed: 1 })
  t.ok((counts.failed ?? 0) >= 6 + 1 && (counts.failed ?? 0) <= 6 + 2, `${counts.failed} failures`)
})

t.test('the time that handlers take is counted, by group and topic', async (t) => {
  const { db, bus, group, topic, metrics, consume, versions } = await prepare(t)
  await bus.publish(versions(thingIn(1), 3))
  await consume(async (events, tx) => {
    await noteEffects(events, tx)
    await tx.sql`select pg_sleep(0.06)`
  })
  await untilEffects(db, 3)
  const seconds = async () => {
    const { values } = (await metrics.getSingleMetric('crm_consumer_handler_seconds')?.get()) ?? { values: [] }
    const own = values.filter(({ labels }) => labels.group === group && labels.topic === topic)
    const value = (suffix: string) =>
      own.find((one) => 'metricName' in one && one.metricName === `crm_consumer_handler_seconds_${suffix}`)?.value ?? 0
    return { count: value('count'), sum: value('sum') }
  }
  await until(async () => (await seconds()).count === 1, { timeoutMs, what: 'the time of the batch' })
  const { sum } = await seconds()
  t.ok(sum >= 0.06, `${sum} s`)
})

t.test('the lag is what a group has left to do, NaN while the bus is down, and right again afterwards', async (t) => {
  const { bus, busDatabaseUrl, group, topic, metrics, consumer, versions, metric } = await prepare(t)
  const running = consumer(noteEffects)
  const lag = () => metric('crm_consumer_lag')
  await bus.publish([...versions(thingIn(1), 3), ...versions(thingIn(2), 4)])
  t.equal(await lag(), 7, 'before it has begun')
  await running.start()
  await until(async () => (await lag()) === 0, { timeoutMs, what: 'the end of the lag' })
  await running.stop()
  t.equal(await lag(), undefined, 'a consumer that has stopped says nothing more')
  await bus.publish(versions(thingIn(1), 2, 5))
  const [first, second] = [consumer(noteEffects), consumer(noteEffects)]
  t.equal(await lag(), 2)
  await first.stop()
  t.equal(await lag(), 2, 'another of the group is there')
  await allowConnections(busDatabaseUrl, false)
  t.ok(Number.isNaN(await lag()))
  t.match(await metrics.metrics(), `crm_consumer_lag{group="${group}",topic="${topic}"} Nan`, 'all other metrics are told all the same')
  await allowConnections(busDatabaseUrl, true)
  await until(async () => (await lag()) === 2, { timeoutMs, what: 'the lag' })
  await second.stop()
  t.notMatch(await metrics.metrics(), 'crm_consumer_lag{')
})

t.test('consumers of two groups in one process share a registry, and each group has its own numbers', async (t) => {
  const { db, bus, topic, contract, metrics, consume, consumer, versions, group } = await prepare(t)
  const other = 'other-worker.note-things'
  await bus.publish(versions(thingIn(1), 5))
  await consume(noteEffects)
  // Of one group there may be several, too.
  consumer(noteEffects)
  const second = consumer(noteEffects, { definition: { group: other, on: [contract], handle: async () => {} } })
  await untilEffects(db, 5)
  const of = async (name: string, wanted: string) => {
    const { values } = (await metrics.getSingleMetric(name)?.get()) ?? { values: [] }
    const own = values.filter(({ labels }) => labels.group === wanted && labels.topic === topic)
    t.ok(own.length <= 1, 'one series for each group and topic')
    return own[0]?.value
  }
  await until(async () => (await of('crm_consumer_lag', group)) === 0, { timeoutMs, what: 'the end of its lag' })
  t.equal(await of('crm_consumer_lag', other), 5)
  await second.start()
  await until(async () => (await of('crm_consumer_lag', other)) === 0, { timeoutMs, what: 'the end of the other lag' })
  t.equal(await of('crm_consumer_processed_total', group), 5)
  t.equal(await of('crm_consumer_processed_total', other), 5)
})
