import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { dlqCommand } from './consumers/dlq.ts'
import { findNoteFaults } from './consumers/noted-leads.ts'
import { findEffectFaults } from './counting/effects.ts'
import { gatherEvidence } from './counting/evidence.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import type { Supervised } from './supervised.ts'
import { startSystem } from './system.ts'

const { kills, workers } = scaled({ short: { kills: 3, workers: 3 }, long: { kills: 200, workers: 6 } })
const ledgerKills = Math.ceil(kills / 4)
// The ledger's group misses a killed process after 1.5 s, crm-worker's after the product's 10 s.
const brokerSettings = { 'group.min.session.timeout.ms': '1000' }
const sessionTimeoutMs = 1_500

/** Arms so many starts, and none of those that follow. */
function armFirst(starts: number) {
  let armed = 0
  return () => (armed++ < starts ? { failpoint: 'consumer.committed' as const, pass: 1 + Math.floor(Math.random() * 3) } : undefined)
}

function killed(processes: readonly Supervised[]): number {
  return processes.reduce((sum, process) => sum + (process.ends().get('SIGKILL') ?? 0), 0)
}

t.test(
  'consumers killed between the commit of effects and that of offsets: nothing is lost, no effect is doubled, and no event given up',
  needsKafka,
  async (t) => {
    const began = performance.now()
    const kafka = await startTestKafka(t, brokerSettings)
    const { brokers } = kafka
    const system = await startSystem(t, { kafka, crmWorkers: workers, arm: { 'crm-worker': armFirst(kills) } })
    const ledger = await startLedger(t, { brokers, sessionTimeoutMs, types: ['lead.created'], arm: armFirst(ledgerKills) })
    const load = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace: { perSecond: 20 } })
    const killedEnough = () => killed(system.crmWorkers) >= kills && killed(ledger.processes) >= ledgerKills
    await until(killedEnough, { timeoutMs: patienceMs, what: `${kills} kills` })
    await load.stop()
    await Promise.all([system.settled(), ledger.settled()])

    const effects = findEffectFaults(await gatherEvidence(system, [load]))
    const notes = findNoteFaults(load, await ledger.entries())
    const letters = await dlqCommand(t, { KAFKA_BROKERS: brokers }).list()
    const fault = `crm-worker SIGKILLed between commit and offset, ${killed(system.crmWorkers)} times, another consumer ${killed(ledger.processes)} times`
    printFigures(t, fault, {
      lost: effects.lost.length + notes.lost.length,
      'effects doubled': effects.doubled.length + notes.doubled.length,
      'dead letters': letters.length,
      leads: load.acknowledged(),
      in: secondsSince(began),
    })
    t.equal(load.acknowledged(), load.writes.length, 'every lead was created in the end')
    t.strictSame(effects.lost, [])
    t.strictSame(effects.doubled, [])
    t.strictSame(notes, { lost: [], doubled: [] })
    t.strictSame(letters, [])
    for (const process of [...system.processes, ...ledger.processes]) t.strictSame(process.crashes(), [], process.name)
  },
)
