import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { startTestServer, type TestServer } from '@crm/testing/server.ts'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { findEffectFaults, leadTopics } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { countHanging, outcomesOf } from './counting/outcomes.ts'
import { serverStart, terminateBackends, untilAsleep } from './database-faults.ts'
import { printFigures } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads, renamings } from './load/leads.ts'
import { type Load, startLoad } from './load/load.ts'
import { progress } from './load/progress.ts'
import { slowMarking } from './outbox-faults.ts'
import { patienceMs, scaled } from './scale.ts'
import { type System, startSystem } from './system.ts'

const restarts = scaled({ short: 2, long: 20 })
const terminations = { everyMs: 150, times: scaled({ short: 27, long: 400 }) }

interface Fault {
  fault: string
  /** What `cause` counts. */
  counted: string
  /** Resolves to how often it happened. */
  cause(loads: Load[]): Promise<number>
}

/** Creates and changes leads while the fault goes on, and until some more are acknowledged after it. */
async function underLoad(
  t: Test,
  { crmServices }: System,
  ids: readonly string[],
  cause: Fault['cause'],
): Promise<{ loads: Load[]; happened: number }> {
  const urls = crmServices.map(({ url }) => url)
  const loads = [
    startLoad(t, { urls, next: newLeads(), pace: { clients: 8 } }),
    startLoad(t, { urls, next: renamings(ids), pace: { clients: 8 } }),
  ]
  await progress(loads)
  const happened = await cause(loads)
  await progress(loads)
  await Promise.all(loads.map((load) => load.stop()))
  return { loads, happened }
}

interface Restarts {
  crmDb: postgres.Sql
  loads: readonly Load[]
  /** Whether events were sent again, so far. */
  haveComeAgain(): Promise<boolean>
}

/**
 * In order and by a crash, in turn, each time while events are being marked as sent, and until some were sent again: a marking may end just
 * before its server. Resolves to how many servers there were.
 */
async function restartRepeatedly(server: TestServer, { crmDb, loads, haveComeAgain }: Restarts): Promise<number> {
  const seen = new Set([await serverStart(server.url())])
  const deadline = performance.now() + patienceMs
  for (let restart = 0; restart < restarts || (performance.now() < deadline && !(await haveComeAgain())); restart++) {
    await untilAsleep(crmDb)
    await (restart % 2 === 0 ? server.stop() : server.kill())
    await server.start()
    const before = seen.size
    seen.add(await serverStart(server.url()))
    if (seen.size === before) throw new Error('a restart made no other server')
    await progress(loads)
  }
  return seen.size
}

t.test('the database lost under load', needsKafka, async (t) => {
  const [server, kafka] = await Promise.all([startTestServer(t), startTestKafka(t)])
  const [system, ledger] = await Promise.all([
    startSystem(t, { kafka, postgres: server }),
    // On the same server: what it handles is cut off, too.
    startLedger(t, { brokers: kafka.brokers, types: leadTopics, server: server.url() }),
  ])
  const creations = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(50), pace: { clients: 8 } })
  await creations.finished
  const ids = creations.writes.flatMap(({ answer }) => answer?.id ?? [])
  const all = [creations]
  const processes = [...system.processes, ...ledger.processes]
  await slowMarking(system.sql)
  let sentAgainBefore = 0

  const haveComeAgain = async () => findEffectFaults(await system.gatherEvidence([])).sentAgain > sentAgainBefore

  /** Judges what the fault did, and resolves to how often it happened. */
  async function holds(t: Test, { fault, counted, cause }: Fault): Promise<number> {
    const before = processes.map((process) => process.crashes().length)
    const { loads, happened } = await underLoad(t, system, ids, cause)
    all.push(...loads)
    const { lost, doubled, sentAgain } = await findFaults(system, all, ledger)
    const crashes = processes.flatMap((process, n) => process.crashes().slice(before[n]))
    printFigures(t, fault, {
      [counted]: happened,
      'process crashes': crashes.length,
      'calls hanging': countHanging(loads),
      lost: lost.length,
      'effects doubled': doubled.length,
      acknowledged: loads.reduce((sum, load) => sum + load.acknowledged(), 0),
      'events sent again': sentAgain - sentAgainBefore,
      'attempts by outcome': outcomesOf(loads),
    })
    t.ok(sentAgain > sentAgainBefore, 'events came again, so that their effects could double')
    sentAgainBefore = sentAgain
    t.strictSame(crashes, [])
    t.equal(countHanging(loads), 0, 'no call hung')
    t.strictSame(lost, [])
    t.strictSame(doubled, [])
    for (const load of loads) t.equal(load.acknowledged(), load.writes.length, 'every write was acknowledged in the end')
    return happened
  }

  await t.test('restarted, in order or by a crash: no process ends, no call hangs, nothing is lost or doubled', async (t) => {
    const servers = await holds(t, {
      fault: `PostgreSQL restarted ${restarts} times under load`,
      counted: 'servers',
      cause: (loads) => restartRepeatedly(server, { crmDb: system.sql, loads, haveComeAgain }),
    })
    t.ok(servers >= restarts + 1, 'each restart made another server')
  })

  await t.test('its backends terminated all the time: no process ends, no call hangs, nothing is lost or doubled', async (t) => {
    const fault = `PostgreSQL's backends terminated every ${terminations.everyMs} ms, ${terminations.times} times, under load`
    const superuser = postgres(server.url(), { max: 1, onnotice: () => {} })
    t.teardown(() => superuser.end({ timeout: 1 }))
    const cause = () => terminateBackends(superuser, { ...terminations, amidMarking: () => untilAsleep(system.sql) })
    const ended = await holds(t, { fault, counted: 'sessions ended', cause })
    t.ok(ended >= terminations.times, 'each time sessions were ended')
  })
})
