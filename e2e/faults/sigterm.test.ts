import { west } from '@crm/testing/all-in-one.ts'
import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import type postgres from 'postgres'
import t, { type Test } from 'tap'
import { saysDependencyLate, saysDependencyWasLate } from '../come-again.ts'
import { logIn } from '../identity/sessions.ts'
import { people } from '../identity/system.ts'
import { leadTopics } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { findInFlightFaults } from './counting/in-flight.ts'
import { countRedeliveries, watchRedeliveries } from './counting/redeliveries.ts'
import { countUnderWay, slowHandling } from './counting/under-way.ts'
import { untilAsleep } from './database-faults.ts'
import { printFigures } from './figures.ts'
import { startGateway } from './gateway.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads, renamingsOfUser } from './load/leads.ts'
import { type Load, startLoad } from './load/load.ts'
import type { Attempt } from './load/writes.ts'
import { failMarking } from './outbox-faults.ts'
import { patienceMs, scaled } from './scale.ts'
import { endLoads, stopRepeatedly } from './stop-repeatedly.ts'
import type { Supervised } from './supervised.ts'
import { qualifyGroup, startSystem } from './system.ts'
import { readTopic } from './topics.ts'

const { times, clients } = scaled({ short: { times: 2, clients: 8 }, long: { times: 50, clients: 16 } })

interface Clients {
  /** Whom they ask. */
  of: Supervised
  clients: number
}

interface Circumstances {
  /** Who creates leads, and who changes a user. */
  leads: readonly Clients[]
  users: readonly Clients[]
  /** Consumers told to stop as well, meanwhile, under what does not go through the service. */
  consumers?: readonly Consumer[]
  /** What those may be answered who ask the service through another: what is in flight there may not have reached it yet. */
  mayAskToComeAgain?: (attempt: Attempt) => boolean
}

interface Consumer {
  process: Supervised
  /** Where its events have their effects. */
  sql: postgres.Sql
  group: string
}

const ledgerGroup = 'ledger.note-events'

t.test('each process told to stop under load', needsKafka, async (t) => {
  const kafka = await startTestKafka(t)
  const [system, ledger] = await Promise.all([
    startSystem(t, { kafka }),
    startLedger(t, { brokers: kafka.brokers, types: leadTopics, group: ledgerGroup }),
  ])
  const { userService } = system
  const [[crmService], [crmWorker]] = [system.crmServices, system.crmWorkers]
  const gateway = await startGateway(t, system)
  const [ledgerProcess] = ledger.processes
  if (!crmService || !crmWorker || !ledgerProcess) throw new Error('a process is missing')
  const processes = [...system.processes, gateway, ledgerProcess]
  const consumers = [
    { process: crmWorker, sql: system.sql, group: qualifyGroup },
    { process: ledgerProcess, sql: ledger.sql, group: ledgerGroup },
  ]
  await watchRedeliveries(system.sql)
  for (const { sql } of consumers) await slowHandling(sql)
  // Events come more than once, whoever stops: each has effects that could double.
  await failMarking(system.sql)
  const userVersionBefore = await userVersion(userService)
  const all: Record<'leads' | 'users', Load[]> = { leads: [], users: [] }

  /** Stops a service, and consumers if given, under load, and judges what became of the requests, the events, the leads and the user. */
  async function holds(
    t: Test,
    service: Supervised,
    { leads, users, consumers = [], mayAskToComeAgain = saysDependencyWasLate }: Circumstances,
  ) {
    // For 15 minutes, which is longer than the stops of one service take.
    const { accessToken } = await logIn(gateway.url, people.west)
    const start = (kind: keyof typeof all, { of, clients }: Clients) => {
      const next = kind === 'leads' ? newLeads() : renamingsOfUser(west)
      const load = startLoad(t, { urls: [of.url], next, pace: { clients }, ...(of === gateway && { accessToken }) })
      all[kind].push(load)
      return { of, load }
    }
    const started = [...leads.map((clients) => start('leads', clients)), ...users.map((clients) => start('users', clients))]
    const own = started.flatMap(({ of, load }) => (of === service ? [load] : []))
    const beside = started.flatMap(({ of, load }) => (of === service ? [] : [load]))
    const loads = [...own, ...beside]
    const eventsBefore = (await ledger.redeliveries()).ofEvents
    const [stops, ...consumerStops] = await Promise.all([
      stopRepeatedly(service, { loads, times, signal: 'SIGTERM' }),
      ...consumers.map(({ process, sql }) =>
        stopRepeatedly(process, { loads: beside, times, signal: 'SIGTERM', amid: () => untilAsleep(sql) }),
      ),
    ])
    await endLoads(loads)
    const { lost, doubled } = await findFaults(system, all.leads, ledger)
    const redelivered = { crmWorker: await countRedeliveries(system.sql, qualifyGroup), ledger: await ledger.redeliveries() }
    const repeated = redelivered.crmWorker.ofRecords + redelivered.ledger.ofRecords
    const events = redelivered.ledger.ofEvents - eventsBefore
    const ofOwn = findInFlightFaults(own, { stops, mayAskToComeAgain: saysDependencyWasLate })
    const ofBeside = findInFlightFaults(beside, { stops: [...stops, ...consumerStops.flat()], mayAskToComeAgain })
    const failed = [...ofOwn.failed, ...ofBeside.failed]
    const effects = { lost: lost.length, 'effects doubled': doubled.length }
    printFigures(t, `SIGTERM to ${service.name} under load, ${times} times`, {
      'requests in flight at it': ofOwn.inFlight,
      'failed in flight': failed.length,
      ...effects,
      acknowledged: loads.reduce((sum, load) => sum + load.acknowledged(), 0),
      'refused or too late, and sent again': ofOwn.refused + ofBeside.refused,
      'asked to come again': ofOwn.askedToComeAgain + ofBeside.askedToComeAgain,
      'records delivered again': repeated,
      'events sent and delivered again': events,
    })
    for (const [n, { process, sql, group }] of consumers.entries()) {
      const underWay = await countUnderWay(sql, group, consumerStops[n] ?? [])
      const figures = { 'events being handled, and finished': underWay, ...effects, 'records delivered again': repeated }
      printFigures(t, `SIGTERM to ${process.name} under load, ${times} times`, figures)
      t.ok(underWay > 0, `${process.name} was handling events when it was told to stop, and finished them`)
    }
    for (const { name, ends } of [service, ...consumers.map(({ process }) => process)]) {
      t.equal(ends().get('0'), times, `every stop of ${name} was clean`)
    }
    t.ok(ofOwn.inFlight > 0, 'requests were in flight')
    t.strictSame(failed, [])
    t.equal(repeated, 0, 'what a stopped consumer had done, it had also committed')
    t.ok(events > 0, 'events came again, so that their effects could double')
    t.strictSame(lost, [])
    t.strictSame(doubled, [])
    for (const load of loads) t.equal(load.acknowledged(), load.writes.length, 'every write was acknowledged in the end')
    for (const process of processes) t.strictSame(process.crashes(), [], process.name)
    if (users.length > 0) await userHolds(t)
  }

  /** Each acknowledged change of the user has its effects, once. */
  async function userHolds(t: Test) {
    const changes = all.users.reduce((sum, load) => sum + load.acknowledged(), 0)
    t.equal((await userVersion(userService)) - userVersionBefore, changes, 'each change of the user that was acknowledged is there, once')
    const events = async () => new Set((await readTopic(kafka.brokers, 'identity.user.updated')).map(({ id }) => id)).size
    await until(async () => (await events()) >= changes, { timeoutMs: patienceMs, intervalMs: 200, what: 'their events' })
    t.equal(await events(), changes, 'and has one event')
  }

  await t.test('gateway, and consumers meanwhile: no request in flight fails, what they handle is finished, nothing is lost', async (t) => {
    const leads = [
      { of: gateway, clients: 8 },
      { of: crmService, clients: 4 },
    ]
    await holds(t, gateway, { leads, users: [{ of: gateway, clients: 4 }], consumers })
  })

  await t.test('crm-service: no request in flight fails, and the gateway asks its clients to come again, nothing is lost', async (t) => {
    const leads = [
      { of: crmService, clients },
      { of: gateway, clients: 2 },
    ]
    await holds(t, crmService, { leads, users: [], mayAskToComeAgain: saysDependencyLate })
  })

  await t.test('user-service: none of its own requests fails in flight, and who asks it asks its clients to come again', async (t) => {
    await holds(t, userService, {
      leads: [{ of: gateway, clients: 8 }],
      users: [{ of: userService, clients: 4 }],
      mayAskToComeAgain: saysDependencyLate,
    })
  })
})

async function userVersion({ url }: Supervised): Promise<number> {
  const answer = await fetch(`${url}/v1/users/${west}`, { headers: { 'x-user-id': west } })
  return ((await answer.json()) as { version: number }).version
}
