import t from 'tap'
import { explainStartFailure } from '../src/start-error.ts'

t.test('a broker that outlived its starter, where the system lets it, is told of as data in use', async (t) => {
  // Kafka's own words, with the data of a running broker whose claim is gone.
  const lines = [
    '01:23:31.386 [quorum-controller-1-event-handler] WARN org.apache.kafka.controller.QuorumController - [QuorumController id=1] Performing controller activation.',
    '01:23:31.768 [main] ERROR kafka.server.BrokerServer - [BrokerServer id=1] Fatal error during broker startup. Prepare to shutdown',
    'org.apache.kafka.common.KafkaException: Failed to acquire lock on file .lock in /data. A Kafka instance in another process or thread is using this directory.',
    '\tat kafka.log.LogManager.$anonfun$lockLogDirs$1(LogManager.scala:263)',
  ]
  const { reason, message } = explainStartFailure(lines, { dataDir: '/data', ports: [9092, 9093] })
  t.equal(reason, 'data-in-use')
  t.equal(message, 'Another Kafka already runs on /data: stop it first, or choose another folder')
})
