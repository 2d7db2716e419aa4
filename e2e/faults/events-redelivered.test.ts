import { needsKafka } from '@crm/testing/kafka.ts'
import t, { type Test } from 'tap'
import { openEmbedded, openKafka, type TestBus } from './consumers/buses.ts'
import { consumerCounts } from './consumers/consumer-counts.ts'
import { asOrdered, findEntryFaults, interleaved, leadHistory } from './consumers/lead-histories.ts'
import { findOrderFaults } from './counting/order.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { long, scaled } from './scale.ts'

const keys = scaled({ short: 40, long: 400 })
const versions = 5
const deliveries = 5
const publishedAtOnce = 1_000

async function survivesRepetitions(t: Test, onBus: string, { place, publish }: TestBus): Promise<void> {
  const began = performance.now()
  const histories = Array.from({ length: keys }, () => leadHistory(versions))
  // Each copy keeps its order, so an event first comes after those before it; later copies repeat older events at any time.
  const ofOneKey = histories.map(({ messages }) => interleaved(Array.from({ length: deliveries }, () => messages)))
  const all = interleaved(ofOneKey)
  const ledger = await startLedger(t, { ...place, types: ['lead.updated'] })
  for (let at = 0; at < all.length; at += publishedAtOnce) await publish(all.slice(at, at + publishedAtOnce))
  await ledger.settled()

  const entries = await ledger.entries()
  const events = histories.flatMap(({ messages }) => messages)
  const { missing, doubled, unexpected } = findEntryFaults(events, entries)
  const { broken } = findOrderFaults(entries.map(asOrdered))
  const counts = await consumerCounts(ledger.processes)
  printFigures(t, `${events.length} events delivered ${deliveries} times, in any order across keys (${onBus})`, {
    deliveries: counts.processed + counts.duplicates,
    lost: missing.length,
    doubled: doubled.length,
    'order broken': broken.length,
    in: secondsSince(began),
  })
  t.strictSame({ missing, doubled, unexpected }, { missing: [], doubled: [], unexpected: [] })
  t.strictSame(broken, [])
  t.match(counts, { processed: events.length, duplicates: events.length * (deliveries - 1), deadLettered: 0 })
  for (const process of ledger.processes) t.strictSame(process.crashes(), [])
}

const guarantee = 'events delivered 5 times leave what they leave when they are delivered once'

t.test(`on Kafka, ${guarantee}`, needsKafka, async (t) => survivesRepetitions(t, 'Kafka', await openKafka(t)))
// In short, the tests of packages/events do.
if (long) t.test(`on the embedded bus, ${guarantee}`, async (t) => survivesRepetitions(t, 'embedded bus', await openEmbedded(t)))
