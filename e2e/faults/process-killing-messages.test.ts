import { needsKafka } from '@crm/testing/kafka.ts'
import t, { type Test } from 'tap'
import { askedBehaviour, asking } from './consumers/asking.ts'
import { earlyMisses, openEmbedded, openKafka, type TestBus } from './consumers/buses.ts'
import { asOrdered, findEntryFaults, headerOf, interleaved, leadHistory } from './consumers/lead-histories.ts'
import { findOrderFaults } from './counting/order.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { long, scaled } from './scale.ts'

const { killers, keys } = scaled({ short: { killers: 1, keys: 40 }, long: { killers: 20, keys: 400 } })
const versions = 5
const killing = 3

async function survivesKillers(t: Test, onBus: string, { place, publish, dlq }: TestBus, processes = 1): Promise<void> {
  const began = performance.now()
  const histories = Array.from({ length: keys }, (_, index) =>
    leadHistory(versions, index < killers ? { version: killing, name: asking.killTheProcess } : undefined),
  )
  const messages = interleaved(histories.map(({ messages }) => messages))
  const killerIds = histories.slice(0, killers).map(({ messages }) => String(messages[killing - 1]?.headers.ce_id))
  const ledger = await startLedger(t, { ...place, types: ['lead.updated'], processes, behaviour: askedBehaviour, killsItself: true })
  await publish(messages)
  await ledger.settled()

  const letters = await dlq.list()
  const entries = await ledger.entries()
  const expected = messages.filter((message) => !killerIds.includes(headerOf(message, 'ce_id')))
  const faults = findEntryFaults(expected, entries)
  const { broken } = findOrderFaults(entries.map(asOrdered))
  const deaths = ledger.processes.reduce((sum, process) => sum + (process.ends().get('SIGKILL') ?? 0), 0)
  printFigures(t, `${killers} messages among ${messages.length} that kill the process (${onBus})`, {
    'dead letters': letters.length,
    lost: faults.missing.length,
    doubled: faults.doubled.length,
    'order broken': broken.length,
    'processes killed': deaths,
    in: secondsSince(began),
  })
  t.strictSame(
    letters.map(({ eventId }) => eventId).sort(),
    killerIds.toSorted(),
    'the killers are dead letters, once, and nothing else is',
  )
  t.ok(
    letters.every(({ attempts, errorClass }) => attempts === 3 && errorClass === 'ProcessCrash'),
    'after 3 starts each',
  )
  t.strictSame(faults, { missing: [], doubled: [], unexpected: [] })
  t.strictSame(broken, [])
  t.ok(deaths >= 3 && deaths <= 3 * killers, `${deaths} processes were killed, no more than 3 by each message`)
  for (const process of ledger.processes) t.strictSame(process.crashes(), [])
}

const guarantee = 'a message that kills the process 3 times becomes a dead letter, and every other has its effect once'

// In short, the tests of packages/events do.
if (long) t.test(`on Kafka, ${guarantee}`, needsKafka, async (t) => survivesKillers(t, 'Kafka', await openKafka(t, earlyMisses)))
// In short, given-up-while-joining.test.ts does, with more of them.
if (long) {
  t.test(`on Kafka, with two processes in the group, ${guarantee}`, needsKafka, async (t) =>
    survivesKillers(t, 'Kafka, two processes', await openKafka(t, earlyMisses), 2),
  )
}
t.test(`on the embedded bus, ${guarantee}`, async (t) => survivesKillers(t, 'embedded bus', await openEmbedded(t)))
