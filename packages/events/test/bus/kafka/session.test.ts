import { randomUUID } from 'node:crypto'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import t, { type Test } from 'tap'
import { createDeliveries } from '../../../src/bus/kafka/deliveries.ts'
import { openSession } from '../../../src/bus/kafka/session.ts'
import { within } from '../../../src/timing/within.ts'
import { recordingLogger } from '../../fixtures/logger.ts'
import { insist } from '../../fixtures/outages.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

async function open(t: Test, silenceLimitMs: number) {
  const brokers = await testKafka()
  const { topic } = uniqueNames()
  await openKafkaBus(t, brokers).bus.createTopics([topic])
  const { logger } = recordingLogger()
  const group = `test.${randomUUID()}`
  const deliver = async () => ({ next: 0, pauseMs: 0 })
  const deliveries = createDeliveries({ group, deliver, logger, batchSize: 1, onProgress: () => {} })
  const connection = { brokers: [brokers], clientId: 'test' }
  const options = { connection, group, topics: [topic], sessionTimeoutMs: 6_000, silenceLimitMs, deliveries, logger }
  // A broker that has just started is still preparing its groups.
  const session = await insist(() => openSession(options))
  t.teardown(() => session.close())
  return session
}

const quiet = () => new Error('no crash')

t.test('a consumer with nothing to do is not silent', needsKafka, async (t) => {
  const session = await open(t, 6_000)
  await t.rejects(within(session.crashed, 10_000, quiet), quiet())
})

t.test('a consumer that falls silent counts as crashed', needsKafka, async (t) => {
  // Heartbeats are a second apart or more.
  const session = await open(t, 600)
  t.match(await within(session.crashed, 10_000, quiet), { message: 'no heartbeat for more than 600 ms' })
})
