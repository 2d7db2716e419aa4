import t, { type Test } from 'tap'
import { type AllInOneSystem, startAllInOneSystem } from './all-in-one.ts'
import { leadTopics } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { findInFlightFaults } from './counting/in-flight.ts'
import { countHanging, outcomesOf } from './counting/outcomes.ts'
import { terminateBackends, untilAsleep } from './database-faults.ts'
import { printFigures } from './figures.ts'
import { type Ledger, startLedger } from './ledger/start-ledger.ts'
import { newLeads, renamings } from './load/leads.ts'
import { type Load, startLoad } from './load/load.ts'
import { progress } from './load/progress.ts'
import { failMarking, slowMarking } from './outbox-faults.ts'
import { long, scaled } from './scale.ts'
import { endLoads, stopRepeatedly } from './stop-repeatedly.ts'

const terminations = { everyMs: 150, times: scaled({ short: 27, long: 400 }) }
const times = 20

/** A ledger that reads the all-in-one's log of events from a process and a database of its own. */
async function startLedgerBeside(t: Test, system: AllInOneSystem): Promise<Ledger> {
  return await startLedger(t, { busDatabaseUrl: await system.databaseUrl('bus_db'), types: leadTopics })
}

/** Creates leads, and changes some that are there, with nobody to help but the clients' own patience. */
async function startLoads(t: Test, { process }: AllInOneSystem): Promise<Load[]> {
  const urls = [process.url]
  const creations = startLoad(t, { urls, next: newLeads(50), pace: { clients: 8 } })
  await creations.finished
  const ids = creations.writes.flatMap(({ answer }) => answer?.id ?? [])
  return [
    creations,
    startLoad(t, { urls, next: newLeads(), pace: { clients: 8 } }),
    startLoad(t, { urls, next: renamings(ids), pace: { clients: 8 } }),
  ]
}

interface Row {
  system: AllInOneSystem
  ledger: Ledger
  loads: readonly Load[]
  fault: string
  figures: Record<string, number | string>
}

/** What every row of the table is judged by. */
async function judge(t: Test, { system, ledger, loads, fault, figures }: Row): Promise<void> {
  const { lost, doubled, sentAgain } = await findFaults(system, loads, ledger)
  const crashes = [system.process, ...ledger.processes].flatMap((process) => process.crashes())
  printFigures(t, `all-in-one: ${fault}`, {
    'process crashes': crashes.length,
    lost: lost.length,
    'effects doubled': doubled.length,
    ...figures,
    'events sent again': sentAgain,
    acknowledged: loads.reduce((sum, load) => sum + load.acknowledged(), 0),
  })
  t.strictSame(crashes, [])
  t.strictSame(lost, [])
  t.strictSame(doubled, [])
  t.ok(sentAgain > 0, 'events came again, so that their effects could double')
  for (const load of loads) t.equal(load.acknowledged(), load.writes.length, 'every write was acknowledged in the end')
}

t.test('all-in-one, its PostgreSQL ending every session all the time: it goes on, no call hangs, nothing is lost or doubled', async (t) => {
  const system = await startAllInOneSystem(t)
  const ledger = await startLedgerBeside(t, system)
  const loads = await startLoads(t, system)
  await system.withDatabase('crm_db', slowMarking)
  const [, ...going] = loads
  await progress(going)
  const amidMarking = () => system.withDatabase('crm_db', untilAsleep)
  const ended = await system.withDatabase('postgres', (superuser) => terminateBackends(superuser, { ...terminations, amidMarking }))
  await endLoads(going)
  const fault = `PostgreSQL's backends terminated every ${terminations.everyMs} ms, ${terminations.times} times, under load`
  const figures = { 'calls hanging': countHanging(loads), 'backends terminated': ended, 'attempts by outcome': outcomesOf(loads) }
  await judge(t, { system, ledger, loads, fault, figures })
  t.equal(countHanging(loads), 0, 'no call hung')
  t.ok(ended >= terminations.times, 'each time sessions were ended')
})

// In short: e2e/all-in-one/life.test.ts and shutdown.test.ts.
if (long) {
  t.test('all-in-one killed under load, again and again: nothing is lost or doubled', async (t) => {
    const system = await startAllInOneSystem(t)
    const ledger = await startLedgerBeside(t, system)
    const loads = await startLoads(t, system)
    await system.withDatabase('crm_db', slowMarking)
    const amid = () => system.withDatabase('crm_db', untilAsleep)
    await stopRepeatedly(system.process, { loads: loads.slice(1), times, signal: 'SIGKILL', amid })
    await endLoads(loads.slice(1))
    await judge(t, { system, ledger, loads, fault: `SIGKILL under load, ${times} times`, figures: {} })
    t.equal(system.process.ends().get('SIGKILL'), times)
  })

  t.test('all-in-one told to stop under load, again and again: no request in flight fails, nothing is lost or doubled', async (t) => {
    const system = await startAllInOneSystem(t)
    const ledger = await startLedgerBeside(t, system)
    const loads = await startLoads(t, system)
    await system.withDatabase('crm_db', failMarking)
    const stops = await stopRepeatedly(system.process, { loads: loads.slice(1), times, signal: 'SIGTERM' })
    await endLoads(loads.slice(1))
    const { failed, inFlight, refused, askedToComeAgain } = findInFlightFaults(loads, { stops })
    const figures = {
      'requests in flight': inFlight,
      'failed in flight': failed.length,
      'refused or too late, and sent again': refused,
      'asked to come again': askedToComeAgain,
    }
    await judge(t, { system, ledger, loads, fault: `SIGTERM under load, ${times} times`, figures })
    t.ok(inFlight > 0, 'requests were in flight')
    t.strictSame(failed, [])
    t.equal(system.process.ends().get('0'), times, 'every stop was clean')
  })
}
