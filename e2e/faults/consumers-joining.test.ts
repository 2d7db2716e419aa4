import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import { earlyMisses } from './consumers/buses.ts'
import { churn } from './consumers/churn.ts'
import { countTakings, untilOwner, watchOwners } from './consumers/owners.ts'
import { leadTopics } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { countRedeliveries, watchRedeliveries } from './counting/redeliveries.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { scaled } from './scale.ts'
import { qualifyGroup, startSystem } from './system.ts'

const leaves = scaled({ short: { forMs: 4_000, leavesAtLeast: 3 }, long: { forMs: 30_000, leavesAtLeast: 20 } })
const { workers, ledgers } = scaled({ short: { workers: 3, ledgers: 2 }, long: { workers: 4, ledgers: 3 } })

t.test('consumers that join and leave their group all the time: nothing is lost, and no effect is doubled', needsKafka, async (t) => {
  const began = performance.now()
  const kafka = await startTestKafka(t, earlyMisses.broker)
  // Who leaves in order leaves nothing to be delivered again: of those of the ledger that join, every other one is killed in a delivery.
  const arm = (n: number) => (n > ledgers && n % 2 === 1 ? { failpoint: 'consumer.committed' as const, pass: 3 } : undefined)
  const [system, ledger] = await Promise.all([
    startSystem(t, { kafka, crmWorkers: workers }),
    startLedger(t, { brokers: kafka.brokers, ...earlyMisses.consumer, types: leadTopics, processes: ledgers, arm }),
  ])
  await watchRedeliveries(system.sql)
  await watchOwners(system.sql)
  await watchOwners(ledger.sql)
  const load = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace: { perSecond: 30 } })
  const killed = () => ledger.processes.reduce((sum, process) => sum + (process.ends().get('SIGKILL') ?? 0), 0)
  const [left, ledgersLeft] = await Promise.all([
    churn(system.crmWorkers, { ...leaves, joined: (process) => untilOwner(system.sql, process) }),
    churn(ledger.processes, { ...leaves, until: () => killed() > 0, joined: (process) => untilOwner(ledger.sql, process) }),
  ])
  await load.stop()

  const { lost, doubled } = await findFaults(system, [load], ledger)
  const fault = `crm-workers leaving and joining, one a second, ${left} times, another group's ${ledgersLeft} times`
  const takings = { crmWorker: await countTakings(system.sql), ledger: await countTakings(ledger.sql) }
  const redelivered = { crmWorker: await countRedeliveries(system.sql, qualifyGroup), ledger: await ledger.redeliveries() }
  printFigures(t, fault, {
    lost: lost.length,
    'effects doubled': doubled.length,
    'partitions taken': `${takings.crmWorker} and ${takings.ledger}`,
    'of the other group killed': killed(),
    'records delivered again': `${redelivered.crmWorker.ofRecords} and ${redelivered.ledger.ofRecords}`,
    leads: load.acknowledged(),
    in: secondsSince(began),
  })
  t.equal(load.acknowledged(), load.writes.length, 'every lead was created in the end')
  t.strictSame(lost, [])
  t.strictSame(doubled, [])
  t.ok(takings.crmWorker >= left && takings.ledger >= ledgersLeft, 'whoever joined again took partitions')
  t.ok(killed() > 0, 'some were killed between the commit of effects and that of the offset')
  t.ok(redelivered.ledger.ofRecords >= killed(), 'so that their records were delivered again')
  for (const process of system.crmWorkers) t.strictSame([...process.ends().keys()], ['0'], `${process.name} ended in order each time`)
  for (const process of [...system.processes, ...ledger.processes]) t.strictSame(process.crashes(), [], process.name)
})
