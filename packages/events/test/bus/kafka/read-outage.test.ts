import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import { textOf } from '../../fixtures/collector.ts'
import { message, numbers } from '../../fixtures/messages.ts'
import { insist } from '../../fixtures/outages.ts'
import { openKafkaBus, openReader, uniqueNames } from './kafka.ts'

// A fetch takes about 1 MiB of a partition: the records come in several.
const filling = 'x'.repeat(300_000)

for (const [what, signal, reason] of [
  ['is killed', 'SIGKILL', /is not available|nothing more could be read/],
  ['hangs', 'SIGSTOP', /nothing more could be read from Kafka for 5000 ms/],
] as const) {
  t.test(`a reading in whose middle the broker ${what} is rejected, and the next one reads all`, needsKafka, async (t) => {
    const kafka = await startTestKafka(t)
    const { topic } = uniqueNames()
    const { bus } = openKafkaBus(t, kafka.brokers)
    await bus.createTopics([topic])
    for (const value of numbers(12)) await bus.publish([message(topic, 'key', value + filling)])
    const reader = openReader(t, kafka.brokers, { clientId: 'test', silenceLimitMs: 5_000 })
    let calls = 0
    const reading = reader.read(topic, async () => {
      if (calls++ > 0) return
      if (signal === 'SIGKILL') await kafka.kill()
      else process.kill(kafka.pid(), signal)
    })
    await t.rejects(reading, { name: 'KafkaUnavailableError', message: reason })
    if (signal === 'SIGKILL') await kafka.start()
    else process.kill(kafka.pid(), 'SIGCONT')
    const read = await insist(async () => {
      const values: string[] = []
      await bus.read(topic, (records) => void values.push(...records.map((record) => textOf(record).replaceAll('x', ''))))
      return values
    })
    t.strictSame(read, numbers(12))
  })
}
