import { west } from '@crm/testing/all-in-one.ts'
import { needsKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { findEffectFaults } from './counting/effects.ts'
import { gatherEvidence } from './counting/evidence.ts'
import { findInFlightFaults, type StopOptions } from './counting/in-flight.ts'
import { printFigures } from './figures.ts'
import { newLeads, renamingsOfUser } from './load/leads.ts'
import { type Load, type LoadOptions, startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import { stopRepeatedly } from './stop-repeatedly.ts'
import type { Supervised } from './supervised.ts'
import { startSystem } from './system.ts'
import { readTopic } from './topics.ts'

const times = scaled({ short: 2, long: 50 })

interface Circumstances {
  pace: LoadOptions['pace']
  mayAskToComeAgain?: StopOptions['mayAskToComeAgain']
  /** A load that goes on beside that of leads. */
  other?: Load
  /** Counts, just before each stop and at the end, what ought not to be there since the process was started. */
  countRepeated?(): Promise<number>
}

/** How many events have come again to a consumer after their effects were there, since it was started. */
async function duplicatesOf({ url }: Supervised): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return [...text.matchAll(/^crm_consumer_duplicates_total\{.*\} (\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}

t.test('each process told to stop under load', needsKafka, async (t) => {
  const system = await startSystem(t)
  const { kafka, userService } = system
  const [[crmService], [crmWorker]] = [system.crmServices, system.crmWorkers]
  if (!crmService || !crmWorker) throw new Error('a process is missing')
  const leadLoads: Load[] = []

  /** Stops the victim under a load of leads, and another if given, and judges what became of the requests and the leads. */
  async function holds(t: Test, victim: Supervised, { pace, mayAskToComeAgain, other, countRepeated }: Circumstances) {
    const leads = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace })
    leadLoads.push(leads)
    const loads = other ? [leads, other] : [leads]
    let repeated = 0
    const count = async () => {
      repeated += (await countRepeated?.()) ?? 0
    }
    const stops = await stopRepeatedly(victim, { loads, times, signal: 'SIGTERM', before: count })
    await system.settled()
    await count()
    const { failed, refused, askedToComeAgain } = findInFlightFaults(loads, { stops, ...(mayAskToComeAgain && { mayAskToComeAgain }) })
    const { lost, doubled } = findEffectFaults(await gatherEvidence(system, leadLoads))
    printFigures(t, `SIGTERM to ${victim.name} under load, ${times} times`, {
      'failed in flight': failed.length,
      lost: lost.length,
      'effects doubled': doubled.length,
      acknowledged: loads.reduce((sum, load) => sum + load.acknowledged(), 0),
      'refused or too late, and sent again': refused,
      'asked to come again': askedToComeAgain,
      ...(countRepeated && { 'deliveries repeated': repeated }),
    })
    t.equal(victim.ends().get('0'), times, 'every stop was clean')
    t.strictSame(failed, [])
    t.equal(repeated, 0, 'what a stopped consumer had done, it had also committed')
    t.strictSame(lost, [])
    t.strictSame(doubled, [])
    for (const load of loads) t.equal(load.acknowledged(), load.writes.length, 'every write was acknowledged in the end')
    for (const process of system.processes) t.strictSame(process.crashes(), [], process.name)
  }

  await t.test('crm-service: no request in flight fails, nothing is lost', async (t) => {
    await holds(t, crmService, { pace: { clients: 16 } })
  })

  await t.test('crm-worker: no request fails, what is in flight is finished, nothing is lost', async (t) => {
    await holds(t, crmWorker, { pace: { perSecond: 100 }, countRepeated: () => duplicatesOf(crmWorker) })
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
