import t, { type Test } from 'tap'
import { type AllInOneSystem, startAllInOneSystem } from './all-in-one.ts'
import { findEffectFaults } from './counting/effects.ts'
import { findInFlightFaults } from './counting/in-flight.ts'
import { countHanging, outcomesOf } from './counting/outcomes.ts'
import { terminateBackends } from './database-faults.ts'
import { printFigures } from './figures.ts'
import { newLeads, renamings } from './load/leads.ts'
import { type Load, startLoad } from './load/load.ts'
import { progress } from './load/progress.ts'
import { long, scaled } from './scale.ts'
import { stopRepeatedly } from './stop-repeatedly.ts'

const terminations = { everyMs: 150, forMs: scaled({ short: 4_000, long: 60_000 }) }
const times = 50

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

/** What every row of the table is judged by. */
async function judge(
  t: Test,
  system: AllInOneSystem,
  loads: readonly Load[],
  row: { fault: string; figures: Record<string, number | string> },
) {
  await system.settled()
  const { lost, doubled } = findEffectFaults(await system.gatherEvidence(loads))
  const crashes = system.process.crashes()
  printFigures(t, `all-in-one: ${row.fault}`, {
    'process crashes': crashes.length,
    lost: lost.length,
    'effects doubled': doubled.length,
    ...row.figures,
    acknowledged: loads.reduce((sum, load) => sum + load.acknowledged(), 0),
  })
  t.strictSame(crashes, [])
  t.strictSame(lost, [])
  t.strictSame(doubled, [])
  for (const load of loads) t.equal(load.acknowledged(), load.writes.length, 'every write was acknowledged in the end')
}

t.test('all-in-one, its PostgreSQL ending every session all the time: it goes on, no call hangs, nothing is lost or doubled', async (t) => {
  const system = await startAllInOneSystem(t)
  const loads = await startLoads(t, system)
  const [, ...going] = loads
  await progress(going)
  const ended = await system.withDatabase('postgres', (superuser) => terminateBackends(superuser, terminations))
  await progress(going)
  await Promise.all(going.map((load) => load.stop()))
  const fault = `PostgreSQL's backends terminated every ${terminations.everyMs} ms for ${terminations.forMs / 1000} s under load`
  const figures = { 'calls hanging': countHanging(loads), 'backends terminated': ended, 'attempts by outcome': outcomesOf(loads) }
  await judge(t, system, loads, { fault, figures })
  t.equal(countHanging(loads), 0, 'no call hung')
})

// In short: e2e/all-in-one/life.test.ts and shutdown.test.ts.
if (long) {
  t.test('all-in-one killed under load, again and again: nothing is lost or doubled', async (t) => {
    const system = await startAllInOneSystem(t)
    const loads = await startLoads(t, system)
    await stopRepeatedly(system.process, { loads: loads.slice(1), times, signal: 'SIGKILL' })
    await judge(t, system, loads, { fault: `SIGKILL under load, ${times} times`, figures: {} })
    t.equal(system.process.ends().get('SIGKILL'), times)
  })

  t.test('all-in-one told to stop under load, again and again: no request in flight fails, nothing is lost or doubled', async (t) => {
    const system = await startAllInOneSystem(t)
    const loads = await startLoads(t, system)
    const stops = await stopRepeatedly(system.process, { loads: loads.slice(1), times, signal: 'SIGTERM' })
    const { failed, refused, askedToComeAgain } = findInFlightFaults(loads, { stops })
    const figures = {
      'failed in flight': failed.length,
      'refused or too late, and sent again': refused,
      'asked to come again': askedToComeAgain,
    }
    await judge(t, system, loads, { fault: `SIGTERM under load, ${times} times`, figures })
    t.strictSame(failed, [])
    t.equal(system.process.ends().get('0'), times, 'every stop was clean')
  })
}
