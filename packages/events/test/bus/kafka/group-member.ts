// A consumer in a process of its own: says `record <partition> <key> <value>` and `warn <message>`, and ends in order at SIGTERM.
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafkaBus } from '../../../src/bus/kafka/kafka-bus.ts'
import type { EventLogger } from '../../../src/logging/event-logger.ts'

const [brokers = '', topic = '', group = ''] = process.argv.slice(2)
const quiet = () => {}
const warn = (_: unknown, message = '') => void process.stdout.write(`warn ${message}\n`)
const logger = { debug: quiet, info: quiet, warn, error: quiet } satisfies EventLogger
const bus = createKafkaBus({ brokers: [brokers], clientId: 'member', logger, sessionTimeoutMs: 6_000 })
process.on('SIGTERM', async () => {
  await bus.close()
  process.exit(0)
})
await bus.subscribe({
  group,
  topics: [topic],
  logger,
  async deliver({ records }) {
    for (const { partition, key, value } of records) process.stdout.write(`record ${partition} ${key} ${value}\n`)
    await sleep(5)
    return { next: (records.at(-1)?.offset ?? 0) + 1, pauseMs: 0 }
  },
})
process.stdout.write('ready\n')
