import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { leadTopics } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { printFigures, secondsSince } from './figures.ts'
import { killing } from './killing.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import { startSystem } from './system.ts'

const kills = scaled({ short: 4, long: 200 })
// Both kinds of process run one. A killed worker also costs its group the 10 s until the broker knows that it is gone.
const armed = scaled<readonly ('crm-service' | 'crm-worker')[]>({ short: ['crm-service'], long: ['crm-service', 'crm-worker'] })

t.test(
  'relays killed between sending events and marking them as sent: nothing is lost, and no effect is doubled',
  needsKafka,
  async (t) => {
    const began = performance.now()
    // The leases of a killed relay last on, so several take turns.
    const relays = killing('relay.sent', { times: kills, passes: 2 })
    const kafka = await startTestKafka(t)
    const arm = Object.fromEntries(armed.map((kind) => [kind, relays.arm]))
    const [system, ledger] = await Promise.all([
      startSystem(t, { kafka, crmServices: scaled({ short: 2, long: 4 }), arm }),
      startLedger(t, { brokers: kafka.brokers, types: leadTopics }),
    ])
    const byKind = { 'crm-service': system.crmServices, 'crm-worker': system.crmWorkers }
    relays.victims.push(...armed.flatMap((kind) => byKind[kind]))
    const load = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace: { perSecond: 20 } })
    await until(relays.isEnough, { timeoutMs: patienceMs, what: `${kills} kills` })
    await load.stop()
    // Some are still armed.
    await system.restart(relays.victims)

    const { lost, doubled, sentAgain } = await findFaults(system, [load], ledger)
    printFigures(t, `relay SIGKILLed between send and mark, ${relays.times()} times`, {
      lost: lost.length,
      'effects doubled': doubled.length,
      leads: load.acknowledged(),
      'events sent again': sentAgain,
      in: secondsSince(began),
    })
    t.equal(load.acknowledged(), load.writes.length, 'every lead was created in the end')
    t.strictSame(lost, [])
    t.strictSame(doubled, [])
    t.ok(sentAgain >= relays.times(), 'each kill came between sending and marking')
    for (const process of [...system.processes, ...ledger.processes]) t.strictSame(process.crashes(), [], process.name)
  },
)
