import { setTimeout as sleep } from 'node:timers/promises'
import { needsKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import { findNoteFaults } from './consumers/noted-leads.ts'
import { findEffectFaults } from './counting/effects.ts'
import { gatherEvidence } from './counting/evidence.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { scaled } from './scale.ts'
import type { Supervised } from './supervised.ts'
import { startSystem } from './system.ts'

const churnMs = scaled({ short: 6_000, long: 30_000 })
// On a machine too busy to start a process in a second, it takes longer.
const leavesAtLeast = scaled({ short: 3, long: 20 })
const { workers, ledgers } = scaled({ short: { workers: 3, ledgers: 2 }, long: { workers: 4, ledgers: 3 } })
const everyMs = 1_000

/** Each second another process leaves its group by SIGTERM and, once it has ended, joins it again. Resolves to how many have left. */
async function churn(processes: readonly Supervised[]): Promise<number> {
  const stopping = new Map<Supervised, Promise<void>>()
  let left = 0
  const restart = async (process: Supervised) => {
    await process.stop()
    process.start()
    await process.ready()
    stopping.delete(process)
  }
  for (const end = performance.now() + churnMs; performance.now() < end || left < leavesAtLeast; await sleep(everyMs)) {
    // One is always there.
    const running = processes.filter((process) => !stopping.has(process))
    const [next] = running.toSorted((a, b) => a.starts() - b.starts())
    if (next === undefined || running.length === 1) continue
    stopping.set(next, restart(next))
    left++
  }
  await Promise.all(stopping.values())
  return left
}

t.test('consumers that join and leave their group all the time: nothing is lost, and no effect is doubled', needsKafka, async (t) => {
  const began = performance.now()
  const system = await startSystem(t, { crmWorkers: workers })
  const ledger = await startLedger(t, { brokers: system.kafka.brokers, types: ['lead.created'], processes: ledgers })
  const consumers = [...system.crmWorkers, ...ledger.processes]
  const load = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace: { perSecond: 30 } })
  const [left, ledgersLeft] = await Promise.all([churn(system.crmWorkers), churn(ledger.processes)])
  await load.stop()
  await Promise.all([system.settled(), ledger.settled()])

  const effects = findEffectFaults(await gatherEvidence(system, [load]))
  const notes = findNoteFaults(load, await ledger.entries())
  const fault = `crm-workers leaving and joining, one a second, ${left} times, another group's ${ledgersLeft} times`
  printFigures(t, fault, {
    lost: effects.lost.length + notes.lost.length,
    'effects doubled': effects.doubled.length + notes.doubled.length,
    leads: load.acknowledged(),
    in: secondsSince(began),
  })
  t.equal(load.acknowledged(), load.writes.length, 'every lead was created in the end')
  t.strictSame(effects.lost, [])
  t.strictSame(effects.doubled, [])
  t.strictSame(notes, { lost: [], doubled: [] })
  for (const process of consumers) {
    const others = [...process.ends().keys()].filter((how) => how !== '0')
    t.strictSame(others, [], `${process.name} ended in order each time`)
    t.strictSame(process.crashes(), [], process.name)
  }
})
