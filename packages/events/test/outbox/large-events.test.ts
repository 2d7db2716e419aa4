import { randomUUID } from 'node:crypto'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import { Registry } from 'prom-client'
import t from 'tap'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { createRelay } from '../../src/outbox/relay.ts'
import { countUnpublished } from '../../src/outbox/unpublished.ts'
import { openKafkaBus, uniqueNames } from '../bus/kafka/kafka.ts'
import { openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { thingEvent } from '../fixtures/things.ts'

const timeoutMs = 60_000

t.test('a backlog of one record goes out in order, though a broker would refuse it in one request', needsKafka, async (t) => {
  const { db } = await openServiceDatabase(t)
  const { bus } = openKafkaBus(t, await testKafka())
  const { topic } = uniqueNames()
  await bus.createTopics([topic])
  const thingId = randomUUID()
  const note = 'x'.repeat(30_000)
  const events = Array.from({ length: 150 }, (_, n) => ({ ...thingEvent({ thingId, version: n + 1, note }), type: topic }))
  await appendEvents(db, events)
  const { logger, lines } = recordingLogger()
  const relay = createRelay({ db, bus, contracts: [], logger, metrics: new Registry() })
  t.teardown(() => relay.stop())
  relay.start()
  await until(async () => (await countUnpublished(db)) === 0, { timeoutMs, what: 'an empty outbox' })
  const sequences: number[] = []
  await bus.read(topic, (records) => void sequences.push(...records.map(({ headers }) => Number(headers.ce_sequence))))
  t.strictSame(
    sequences,
    events.map((_, n) => n + 1),
  )
  t.strictSame(
    lines.filter(({ level }) => level !== 'debug'),
    [],
  )
})
