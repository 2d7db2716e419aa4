import { needsKafka } from '@crm/testing/kafka.ts'
import { startTestServer, type TestServer } from '@crm/testing/server.ts'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { findEffectFaults } from './counting/effects.ts'
import { gatherEvidence } from './counting/evidence.ts'
import { countHanging, outcomesOf } from './counting/outcomes.ts'
import { terminateBackends } from './database-faults.ts'
import { printFigures } from './figures.ts'
import { newLeads, renamings } from './load/leads.ts'
import { type Load, startLoad } from './load/load.ts'
import { progress } from './load/progress.ts'
import { scaled } from './scale.ts'
import { type System, startSystem } from './system.ts'

const restarts = scaled({ short: 2, long: 20 })
const terminatingMs = scaled({ short: 4_000, long: 60_000 })
const terminateEveryMs = 150

/** Creates and changes leads while the fault goes on, and until some more are acknowledged after it. */
async function underLoad(
  t: Test,
  { crmServices }: System,
  ids: readonly string[],
  cause: (loads: Load[]) => Promise<unknown>,
): Promise<Load[]> {
  const urls = crmServices.map(({ url }) => url)
  const loads = [
    startLoad(t, { urls, next: newLeads(), pace: { clients: 8 } }),
    startLoad(t, { urls, next: renamings(ids), pace: { clients: 8 } }),
  ]
  await progress(loads)
  await cause(loads)
  await progress(loads)
  await Promise.all(loads.map((load) => load.stop()))
  return loads
}

/** In order and by a crash, in turn. */
async function restartRepeatedly(server: TestServer, loads: readonly Load[]): Promise<void> {
  for (let restart = 0; restart < restarts; restart++) {
    if (restart > 0) await progress(loads)
    await (restart % 2 === 0 ? server.stop() : server.kill())
    await server.start()
  }
}

t.test('the database lost under load', needsKafka, async (t) => {
  const server = await startTestServer(t)
  const system = await startSystem(t, { postgres: server })
  const creations = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(50), pace: { clients: 8 } })
  await creations.finished
  const ids = creations.writes.flatMap(({ answer }) => answer?.id ?? [])
  const all = [creations]

  async function holds(t: Test, fault: string, cause: (loads: Load[]) => Promise<unknown>): Promise<void> {
    const before = system.processes.map((process) => process.crashes().length)
    const loads = await underLoad(t, system, ids, cause)
    all.push(...loads)
    await system.settled()
    const { lost, doubled } = findEffectFaults(await gatherEvidence(system, all))
    const crashes = system.processes.flatMap((process, n) => process.crashes().slice(before[n]))
    printFigures(t, fault, {
      'process crashes': crashes.length,
      'calls hanging': countHanging(loads),
      lost: lost.length,
      'effects doubled': doubled.length,
      acknowledged: loads.reduce((sum, load) => sum + load.acknowledged(), 0),
      'attempts by outcome': outcomesOf(loads),
    })
    t.strictSame(crashes, [])
    t.equal(countHanging(loads), 0, 'no call hung')
    t.strictSame(lost, [])
    t.strictSame(doubled, [])
    for (const load of loads) t.equal(load.acknowledged(), load.writes.length, 'every write was acknowledged in the end')
  }

  await t.test('restarted, in order or by a crash: no process ends, no call hangs, nothing is lost or doubled', async (t) => {
    await holds(t, `PostgreSQL restarted ${restarts} times under load`, (loads) => restartRepeatedly(server, loads))
  })

  await t.test('its backends terminated all the time: no process ends, no call hangs, nothing is lost or doubled', async (t) => {
    const fault = `PostgreSQL's backends terminated every ${terminateEveryMs} ms for ${terminatingMs / 1000} s under load`
    const superuser = postgres(server.url(), { max: 1, onnotice: () => {} })
    t.teardown(() => superuser.end({ timeout: 1 }))
    await holds(t, fault, () => terminateBackends(superuser, { everyMs: terminateEveryMs, forMs: terminatingMs }))
  })
})
