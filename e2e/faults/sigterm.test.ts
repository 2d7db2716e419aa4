import { west } from '@crm/testing/all-in-one.ts'
import { needsKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { leadTopics } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { findInFlightFaults, type StopOptions } from './counting/in-flight.ts'
import { countRedeliveries, watchRedeliveries } from './counting/redeliveries.ts'
import { printFigures } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads, renamingsOfUser } from './load/leads.ts'
import { type Load, type LoadOptions, startLoad } from './load/load.ts'
import { failMarking } from './outbox-faults.ts'
import { patienceMs, scaled } from './scale.ts'
import { stopRepeatedly } from './stop-repeatedly.ts'
import type { Supervised } from './supervised.ts'
import { qualifyGroup, startSystem } from './system.ts'
import { readTopic } from './topics.ts'

const { times, perSecond } = scaled({ short: { times: 2, perSecond: 40 }, long: { times: 50, perSecond: 100 } })

interface Circumstances {
  pace: LoadOptions['pace']
  mayAskToComeAgain?: StopOptions['mayAskToComeAgain']
  /** A load that goes on beside that of leads. */
  other?: Load
}

t.test('each process told to stop under load', needsKafka, async (t) => {
  const system = await startSystem(t)
  const { kafka, userService } = system
  const [[crmService], [crmWorker]] = [system.crmServices, system.crmWorkers]
  if (!crmService || !crmWorker) throw new Error('a process is missing')
  await watchRedeliveries(system.sql)
  const ledger = await startLedger(t, { brokers: kafka.brokers, types: leadTopics })
  const [ledgerProcess] = ledger.processes
  if (!ledgerProcess) throw new Error('the ledger has no process')
  const processes = [...system.processes, ledgerProcess]
  // Events come more than once, whoever stops: each has effects that could double.
  await failMarking(system.sql)
  const leadLoads: Load[] = []

  /** Stops the victim under a load of leads, and another if given, and judges what became of the requests and the leads. */
  async function holds(t: Test, victim: Supervised, { pace, mayAskToComeAgain, other }: Circumstances) {
    const leads = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace })
    leadLoads.push(leads)
    const loads = other ? [leads, other] : [leads]
    const eventsBefore = (await ledger.redeliveries()).ofEvents
    const stops = await stopRepeatedly(victim, { loads, times, signal: 'SIGTERM' })
    const { lost, doubled } = await findFaults(system, leadLoads, ledger)
    const redelivered = { crmWorker: await countRedeliveries(system.sql, qualifyGroup), ledger: await ledger.redeliveries() }
    const repeated = redelivered.crmWorker.ofRecords + redelivered.ledger.ofRecords
    const events = redelivered.ledger.ofEvents - eventsBefore
    const { failed, refused, askedToComeAgain } = findInFlightFaults(loads, { stops, ...(mayAskToComeAgain && { mayAskToComeAgain }) })
    printFigures(t, `SIGTERM to ${victim.name} under load, ${times} times`, {
      'failed in flight': failed.length,
      lost: lost.length,
      'effects doubled': doubled.length,
      acknowledged: loads.reduce((sum, load) => sum + load.acknowledged(), 0),
      'refused or too late, and sent again': refused,
      'asked to come again': askedToComeAgain,
      'records delivered again': repeated,
      'events sent and delivered again': events,
    })
    t.equal(victim.ends().get('0'), times, 'every stop was clean')
    t.strictSame(failed, [])
    t.equal(repeated, 0, 'what a stopped consumer had done, it had also committed')
    t.ok(events > 0, 'events came again, so that their effects could double')
    t.strictSame(lost, [])
    t.strictSame(doubled, [])
    for (const load of loads) t.equal(load.acknowledged(), load.writes.length, 'every write was acknowledged in the end')
    for (const process of processes) t.strictSame(process.crashes(), [], process.name)
  }

  await t.test('crm-service: no request in flight fails, nothing is lost', async (t) => {
    await holds(t, crmService, { pace: { clients: 16 } })
  })

  await t.test('crm-worker: no request fails, what is in flight is finished, nothing is lost', async (t) => {
    await holds(t, crmWorker, { pace: { perSecond } })
  })

  await t.test('another consumer, whose effects would double: what is in flight is finished, nothing is lost', async (t) => {
    await holds(t, ledgerProcess, { pace: { perSecond } })
  })

  await t.test(
    'user-service: none of its own requests fails in flight, and crm-service meanwhile asks its clients to come again',
    async (t) => {
      const before = await userVersion(userService)
      const changes = startLoad(t, { urls: [userService.url], next: renamingsOfUser(west), pace: { clients: 4 } })
      const mayAskToComeAgain: StopOptions['mayAskToComeAgain'] = ({ code }) => code === 'dependency_unavailable'
      await holds(t, userService, { pace: { clients: 8 }, mayAskToComeAgain, other: changes })
      t.equal(
        (await userVersion(userService)) - before,
        changes.acknowledged(),
        'each change of the user that was acknowledged is there, once',
      )
      const events = async () => new Set((await readTopic(kafka.brokers, 'identity.user.updated')).map(({ id }) => id)).size
      await until(async () => (await events()) >= changes.acknowledged(), {
        timeoutMs: patienceMs,
        intervalMs: 2_000,
        what: 'their events',
      })
      t.equal(await events(), changes.acknowledged(), 'and has one event')
    },
  )
})

async function userVersion({ url }: Supervised): Promise<number> {
  const answer = await fetch(`${url}/v1/users/${west}`, { headers: { 'x-user-id': west } })
  return ((await answer.json()) as { version: number }).version
}
