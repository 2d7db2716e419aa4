import { needsKafka } from '@crm/testing/kafka.ts'
import t, { type Test } from 'tap'
import { askedBehaviour, asking } from './consumers/asking.ts'
import { openEmbedded, openKafka, type TestBus } from './consumers/buses.ts'
import { consumerCounts } from './consumers/consumer-counts.ts'
import { findEntryFaults, headerOf, interleaved, leadHistory } from './consumers/lead-histories.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { scaled } from './scale.ts'

const { failing, healthy } = scaled({ short: { failing: 30, healthy: 30 }, long: { failing: 500, healthy: 500 } })
const versions = 3
const failingVersion = 2

async function survivesReplays(t: Test, onBus: string, { place, publish, dlq }: TestBus): Promise<void> {
  const began = performance.now()
  const histories = Array.from({ length: failing + healthy }, (_, index) =>
    leadHistory(versions, index < failing ? { version: failingVersion, name: asking.failUntilRepaired } : undefined),
  )
  const all = interleaved(histories.map(({ messages }) => messages))
  const givenUp = histories.slice(0, failing).flatMap(({ messages }) => messages.slice(failingVersion - 1, failingVersion))
  const ledger = await startLedger(t, { ...place, types: ['lead.updated'], behaviour: askedBehaviour })
  await publish(all)
  await ledger.settled()
  const letters = await dlq.list()
  const before = await ledger.entries()
  await ledger.sql`create table repaired ()`

  const effects: number[] = []
  const replay = async (...args: string[]) => {
    const had = (await ledger.entries()).length
    const said = await dlq.run('replay', '--all', ...args)
    await ledger.settled()
    effects.push((await ledger.entries()).length - had)
    return said.trimEnd().split('\n').at(-1) ?? ''
  }
  const said = [await replay(), await replay(), await replay('--again')]
  const entries = await ledger.entries()
  const { missing, doubled, unexpected } = findEntryFaults(all, entries)
  const { duplicates } = await consumerCounts(ledger.processes)
  const [first = 0, second = 0, forced = 0] = effects
  printFigures(t, `${letters.length} dead letters replayed after the repair: once, twice, and forced (${onBus})`, {
    'effects of the first replay': first,
    'of the second': second,
    'of the forced one': forced,
    lost: missing.length,
    doubled: doubled.length,
    in: secondsSince(began),
  })
  t.strictSame(letters.map(({ eventId }) => eventId).sort(), givenUp.map((message) => headerOf(message, 'ce_id')).sort())
  t.equal(before.length, all.length - failing, 'until the repair, all but the dead letters had their effect')
  t.match(said[0], `replayed ${failing} dead letters`)
  t.match(said[1], `Nothing to replay. ${failing} dead letters replayed already`)
  t.match(said[2], `replayed ${failing} dead letters`)
  t.strictSame(effects, [failing, 0, 0])
  t.strictSame({ missing, doubled, unexpected }, { missing: [], doubled: [], unexpected: [] })
  t.equal(duplicates, failing, 'the forced replay did reach the consumer')
  const states = (await dlq.list('--replayed')).map(({ state }) => state)
  t.strictSame(states, Array(failing).fill('replayed'), 'none is open')
  for (const process of ledger.processes) t.strictSame(process.crashes(), [])
}

const guarantee = 'dead letters replayed after the repair have their effect once, however often they are replayed'

t.test(`on Kafka, ${guarantee}`, needsKafka, async (t) => survivesReplays(t, 'Kafka', await openKafka(t)))
t.test(`on the embedded bus, ${guarantee}`, async (t) => survivesReplays(t, 'embedded bus', await openEmbedded(t)))
