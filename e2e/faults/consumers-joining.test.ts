import { needsKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import { churn } from './consumers/churn.ts'
import { leadTopics } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { scaled } from './scale.ts'
import { startSystem } from './system.ts'

const leaves = scaled({ short: { forMs: 6_000, leavesAtLeast: 3 }, long: { forMs: 30_000, leavesAtLeast: 20 } })
const { workers, ledgers } = scaled({ short: { workers: 3, ledgers: 2 }, long: { workers: 4, ledgers: 3 } })

t.test('consumers that join and leave their group all the time: nothing is lost, and no effect is doubled', needsKafka, async (t) => {
  const began = performance.now()
  const system = await startSystem(t, { crmWorkers: workers })
  const ledger = await startLedger(t, { brokers: system.kafka.brokers, types: leadTopics, processes: ledgers })
  const consumers = [...system.crmWorkers, ...ledger.processes]
  const load = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace: { perSecond: 30 } })
  const [left, ledgersLeft] = await Promise.all([churn(system.crmWorkers, leaves), churn(ledger.processes, leaves)])
  await load.stop()

  const { lost, doubled } = await findFaults(system, [load], ledger)
  const fault = `crm-workers leaving and joining, one a second, ${left} times, another group's ${ledgersLeft} times`
  printFigures(t, fault, {
    lost: lost.length,
    'effects doubled': doubled.length,
    leads: load.acknowledged(),
    in: secondsSince(began),
  })
  t.equal(load.acknowledged(), load.writes.length, 'every lead was created in the end')
  t.strictSame(lost, [])
  t.strictSame(doubled, [])
  for (const process of consumers) {
    const others = [...process.ends().keys()].filter((how) => how !== '0')
    t.strictSame(others, [], `${process.name} ended in order each time`)
    t.strictSame(process.crashes(), [], process.name)
  }
})
