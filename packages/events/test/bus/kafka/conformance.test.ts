import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import { createKafkaBus } from '../../../src/bus/kafka/kafka-bus.ts'
import { recordingLogger } from '../../fixtures/logger.ts'
import { busConformance } from '../conformance.ts'

t.test('the Kafka bus', needsKafka, async (t) => {
  const brokers = [await testKafka()]
  await busConformance(t, async () => () => createKafkaBus({ brokers, clientId: 'test', logger: recordingLogger().logger, batchSize: 50 }))
})
