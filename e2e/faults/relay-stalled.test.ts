import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { endOffsets } from './consumers/kafka-admin.ts'
import { leadTopics } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { findOrderFaults } from './counting/order.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads, renamings } from './load/leads.ts'
import { type Load, startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import type { Supervised } from './supervised.ts'
import { type System, startSystem } from './system.ts'
import { readTopic, type TopicRecord } from './topics.ts'

const rounds = scaled({ short: 1, long: 10 })
const relays = 4

/**
 * Halts a process when its relay has asked for the events to send and not yet been answered: it will send them when it is continued.
 * False when some relay was at something else, such as renewing its leases.
 */
async function haltWhileReading({ sql }: System, victim: Supervised, beginLoad: () => Load): Promise<boolean> {
  return await sql.begin(async (tx) => {
    await tx`lock table outbox_shards in access exclusive mode`
    const load = beginLoad()
    const reading = async () => {
      const [row] = await sql<{ waiting: number }[]>`
        select count(*)::int as waiting from pg_locks where relation = 'outbox_shards'::regclass and mode = 'AccessShareLock' and not granted`
      return row?.waiting === relays && load.acknowledged() >= 50
    }
    // Sooner than the relays give up waiting.
    const allRead = await until(reading, { timeoutMs: 4_000, what: 'every relay wants to read events' }).catch(() => false)
    if (allRead) victim.signal('SIGSTOP')
    return allRead
  })
}

/** Resolves when other relays have taken all that the process had leased. */
async function leasesLost({ sql }: System, victim: Supervised): Promise<void> {
  const ofVictim = `%:${victim.pid()}:%`
  const lost = async () => (await sql`select from outbox_shards where owner like ${ofVictim}`).length === 0
  await until(lost, { timeoutMs: patienceMs, what: 'its leases are taken over' })
}

/** Each relay has its share, and none has anything to do. */
async function leasesShared({ sql }: System): Promise<void> {
  const shared = async () => {
    const shares = await sql<{ shards: number }[]>`select count(*)::int as shards from outbox_shards where owner is not null group by owner`
    return shares.length === relays && shares.every(({ shards }) => shards === 32 / relays)
  }
  await until(shared, { timeoutMs: patienceMs, what: `${relays} relays share the shards` })
}

const topic = 'lead.updated'

interface Stall {
  /** What it needed. */
  loads: Load[]
  /** The next offset of each partition of the topic when the relay went on: what it has to send comes late. */
  goesOnAt: Map<number, number>
}

/** Lets a relay stall and come back while others send. */
async function stallOnce(t: Test, system: System, ids: readonly string[], victim: Supervised): Promise<Stall> {
  const urls = system.crmServices.slice(0, 2).map(({ url }) => url)
  const loads: Load[] = []
  const beginLoad = () => {
    const load = startLoad(t, { urls, next: renamings(ids), pace: { perSecond: 80 } })
    loads.push(load)
    return load
  }
  const prepared = async () => {
    await loads.at(-1)?.stop()
    await system.settled()
    await leasesShared(system)
  }
  for (await prepared(); !(await haltWhileReading(system, victim, beginLoad)); await prepared());
  await leasesLost(system, victim)
  const before = loads.at(-1)?.acknowledged() ?? 0
  const onWithoutIt = () => (loads.at(-1)?.acknowledged() ?? 0) > before + 100
  await until(onWithoutIt, { timeoutMs: patienceMs, what: 'changes go on without it' })
  const goesOnAt = await endOffsets(system.kafka.brokers, topic)
  victim.signal('SIGCONT')
  await loads.at(-1)?.stop()
  await victim.healthy()
  // What it had on its way is sent before it stops.
  await system.restart([victim])
  return { loads, goesOnAt }
}

function orderOf(records: readonly TopicRecord[]) {
  return findOrderFaults(records.map((place) => ({ ...place, place, key: `${place.topic} ${place.key}` })))
}

/** How many of the records that came after a later one of their key came after each stall, and before the next. */
function countLate(records: readonly TopicRecord[], stalls: readonly Stall[]): number[] {
  const overtaken = orderOf(records).overtaken.map(({ place }) => place)
  const stallOf = ({ partition, offset }: TopicRecord) => stalls.findLastIndex(({ goesOnAt }) => offset >= (goesOnAt.get(partition) ?? 0))
  return stalls.map((_, stall) => overtaken.filter((record) => record.topic === topic && stallOf(record) === stall).length)
}

t.test('a relay halted past its lease and then continued: nothing is lost, out of order or doubled', needsKafka, async (t) => {
  const began = performance.now()
  const kafka = await startTestKafka(t)
  const [system, ledger] = await Promise.all([
    startSystem(t, { kafka, crmServices: 3 }),
    startLedger(t, { brokers: kafka.brokers, types: leadTopics }),
  ])
  const [, , idle] = system.crmServices
  const [worker] = system.crmWorkers
  if (!idle || !worker) throw new Error('a process is missing')
  const creations = startLoad(t, { urls: [idle.url], next: newLeads(100), pace: { clients: 8 } })
  await creations.finished
  const ids = creations.writes.flatMap(({ answer }) => answer?.id ?? [])

  const stalls: Stall[] = []
  let sentLate = 0
  const deadline = performance.now() + patienceMs
  // One that was halted amid its work may find at once that it has waited too long, and sends nothing: that round proves nothing.
  for (let round = 0; sentLate < rounds && (round < 3 * rounds || performance.now() < deadline); round++) {
    const stall = await stallOnce(t, system, ids, round % 2 === 0 ? idle : worker)
    stalls.push(stall)
    const [late = 0] = countLate(await readTopic(kafka.brokers, topic), [stall])
    if (late > 0) sentLate++
  }

  const loads = [creations, ...stalls.flatMap(({ loads }) => loads)]
  const { lost, doubled, evidence, entries } = await findFaults(system, loads, ledger)
  const sent = orderOf(evidence.records)
  const late = countLate(evidence.records, stalls)
  const handled = findOrderFaults(
    entries.map(({ type, recordId, eventId, sequence }) => ({ key: `${type} ${recordId}`, id: eventId, sequence: sequence ?? Number.NaN })),
  )
  printFigures(t, `4 relays, one halted past its lease and continued, ${sentLate} times`, {
    lost: lost.length,
    'effects out of order': handled.broken.length,
    'effects doubled': doubled.length,
    events: entries.length,
    'events sent again': sent.repeated,
    'of these late, by round': late.join(' '),
    in: secondsSince(began),
  })
  t.strictSame(lost, [])
  t.strictSame(doubled, [])
  t.strictSame(sent.broken, [], 'no event came first after a later one of its record')
  t.strictSame(handled.broken, [], 'no effect is out of order')
  t.equal(sentLate, rounds, 'so often, the relay sent events after later ones of their records')
  for (const process of [...system.processes, ...ledger.processes]) t.strictSame(process.crashes(), [], process.name)
})
