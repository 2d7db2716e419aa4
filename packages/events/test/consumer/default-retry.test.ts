import { until } from '@crm/testing/poll.ts'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { createConsumer } from '../../src/consumer/create-consumer.ts'
import { RetryableError } from '../../src/consumer/errors.ts'
import { prepare, thingIn, timeoutMs } from './prepare.ts'

/**
 * What becomes of an event that fails once more, in a consumer that is told nothing about retries: its pause in seconds, or its dead
 * letter. Each partition has one that failed so often before.
 */
async function afterOneMore(t: Test, failuresBefore: readonly number[], fail: () => Error) {
  const { db, bus, group, topic, contract, logger, lines, message } = await prepare(t)
  for (const [partition, attempts] of failuresBefore.entries()) {
    const retryableAttempts = fail() instanceof RetryableError ? attempts : 0
    const state = JSON.stringify({ offset: 0, attempts, retryableAttempts, crashes: 0, singleThrough: 0, sharedCrashes: 0 })
    await db.sql`
      insert into consumer_partitions (group_name, topic, partition, owner, retry_state)
      values (${group}, ${topic}, ${partition}, 'before', ${state}::text::json)`
  }
  await bus.publish(failuresBefore.map((_, partition) => message({ thingId: thingIn(partition) })))
  const definition = { group, on: [contract], handle: () => Promise.reject(fail()) }
  const consumer = createConsumer({ definition, bus, db, logger, metrics: new Registry() })
  t.teardown(() => consumer.stop())
  await consumer.start()
  const told = (partition: number) => lines.find(({ level, bindings }) => level === 'error' && bindings.partition === partition)
  const outcomes = () => failuresBefore.map((_, partition) => told(partition))
  await until(() => outcomes().every((line) => line !== undefined), { timeoutMs, what: 'an outcome in each partition' })
  return outcomes().map((line) => (line?.message.includes('dead letter') ? 'dead letter' : Number(line?.bindings.pauseMs) / 1_000))
}

for (const { what, fail, failures } of [
  { what: 'a RetryableError', fail: () => new RetryableError('later'), failures: { 1: 2, 2: 4, 3: 8, 5: 32, 6: 60, 19: 60 } },
  { what: 'another error', fail: () => new Error('no'), failures: { 1: 2, 2: 4, 3: 8, 4: 16, 5: 'dead letter' } },
  { what: 'a RetryableError for the last time', fail: () => new RetryableError('later'), failures: { 20: 'dead letter' } },
]) {
  t.test(`by default, ${what} lets a partition rest 2, 4, 8 .. 60 s or a fifth less, or ends in a dead letter`, async (t) => {
    const outcomes = await afterOneMore(
      t,
      Object.keys(failures).map((count) => Number(count) - 1),
      fail,
    )
    for (const [n, [count, expected]] of Object.entries(failures).entries()) {
      const outcome = outcomes[n]
      if (typeof expected === 'string') t.equal(outcome, expected, `after ${count}`)
      else t.ok(Number(outcome) <= expected && Number(outcome) >= 0.8 * expected, `after ${count}: ${outcome} s of ${expected}`)
    }
  })
}
