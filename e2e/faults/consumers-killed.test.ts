import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { earlyMisses } from './consumers/buses.ts'
import { dlqCommand } from './consumers/dlq.ts'
import { findFaults } from './counting/find-faults.ts'
import { countRedeliveries, watchRedeliveries } from './counting/redeliveries.ts'
import { printFigures, secondsSince } from './figures.ts'
import { killing } from './killing.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import { qualifyGroup, startSystem } from './system.ts'

const { kills, workers } = scaled({ short: { kills: 3, workers: 3 }, long: { kills: 200, workers: 6 } })
// Long enough for those that live on a busy machine, and much shorter than the product's.
const workerSessionMs = 3_000
const ledgerKills = Math.ceil(kills / 4)

t.test(
  'consumers killed between the commit of effects and that of offsets: nothing is lost, no effect is doubled, and no event given up',
  needsKafka,
  async (t) => {
    const began = performance.now()
    const kafka = await startTestKafka(t, earlyMisses.broker)
    const { brokers } = kafka
    const workersKilled = killing('consumer.committed', { times: kills, passes: 3 })
    const ledgerKilled = killing('consumer.committed', { times: ledgerKills, passes: 3 })
    const [system, ledger] = await Promise.all([
      startSystem(t, { kafka, workerSessionMs, crmWorkers: workers, arm: { 'crm-worker': workersKilled.arm } }),
      startLedger(t, { brokers, ...earlyMisses.consumer, types: ['lead.created'], arm: ledgerKilled.arm }),
    ])
    await watchRedeliveries(system.sql)
    workersKilled.victims.push(...system.crmWorkers)
    ledgerKilled.victims.push(...ledger.processes)
    const load = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace: { perSecond: 20 } })
    const killedEnough = () => workersKilled.isEnough() && ledgerKilled.isEnough()
    await until(killedEnough, { timeoutMs: patienceMs, what: `${kills} kills` })
    await load.stop()

    const { lost, doubled } = await findFaults(system, [load], ledger)
    const redelivered = { crmWorker: await countRedeliveries(system.sql, qualifyGroup), ledger: await ledger.redeliveries() }
    const letters = await dlqCommand(t, { KAFKA_BROKERS: brokers }).list()
    const fault = `crm-worker SIGKILLed between commit and offset, ${workersKilled.times()} times, another consumer ${ledgerKilled.times()} times`
    printFigures(t, fault, {
      lost: lost.length,
      'effects doubled': doubled.length,
      'records delivered again': `${redelivered.crmWorker.ofRecords} and ${redelivered.ledger.ofRecords}`,
      'dead letters': letters.length,
      leads: load.acknowledged(),
      in: secondsSince(began),
    })
    t.equal(load.acknowledged(), load.writes.length, 'every lead was created in the end')
    t.strictSame(lost, [])
    t.strictSame(doubled, [])
    t.ok(redelivered.crmWorker.ofRecords >= workersKilled.times(), 'each kill of crm-worker came before the commit of the offset')
    t.ok(redelivered.ledger.ofRecords >= ledgerKilled.times(), "each kill of the other consumer's, too")
    t.strictSame(letters, [])
    for (const process of [...system.processes, ...ledger.processes]) t.strictSame(process.crashes(), [], process.name)
  },
)
