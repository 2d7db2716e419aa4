import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import { openKafkaBus } from '../bus/kafka/kafka.ts'
import { deadLetterOperation } from './operation.ts'

t.test('dead letters on Kafka', needsKafka, async (t) => {
  await deadLetterOperation(t, async (t) => openKafkaBus(t, await testKafka()).bus)
})
