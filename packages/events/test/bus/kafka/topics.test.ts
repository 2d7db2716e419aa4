import t from 'tap'
import { topicConfig } from '../../../src/bus/kafka/topics.ts'

t.test('a topic has a replica on each of up to three brokers, and one may be missing', async (t) => {
  for (const [brokers, replicas, inSync] of [
    [1, 1, '1'],
    [2, 2, '1'],
    [3, 3, '2'],
    [5, 3, '2'],
  ] as const) {
    const { replicationFactor, configEntries = [] } = topicConfig('lead.created', brokers)
    t.equal(replicationFactor, replicas, `${brokers} brokers`)
    t.match(configEntries, [{}, { name: 'min.insync.replicas', value: inSync }])
  }
})
