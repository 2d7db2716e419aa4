import { setTimeout as delay } from 'node:timers/promises'
import { isolatedEnvironment, startAllInOne } from '@crm/testing/all-in-one.ts'
import { Agent, request } from 'undici'
import { callerHeaders, nextLeadBody } from '../load/lead-load.ts'
import { type Distribution, distribution } from '../measurement/statistics.ts'
import { fixed, formatTable, verdict } from '../measurement/table.ts'
import { withTeardown } from '../measurement/teardown.ts'
import { listenForQualified, type QualifiedLeads } from './qualified-leads.ts'

const warmUpLeads = 50
const idleLeads = 200
/** Milliseconds between two leads of the idle run, so that none meets the end of the one before. */
const restMs = 20
const load = { leadsPerSecond: 100, seconds: 10 }
/** Milliseconds, idle. */
const goalP50 = 20

export interface QualifyLatency {
  idle: Distribution
  loaded: Distribution
}

/** Measures, in the all-in-one, the time from the 201 of a lead to the moment it is QUALIFIED for all to see, in milliseconds. */
export async function benchQualifyLatency(): Promise<QualifyLatency> {
  return await withTeardown(async (t) => {
    const { crmUrl, database } = await startAllInOne(t, await isolatedEnvironment(t))
    const qualified = await listenForQualified(await database('crm_db'))
    const agent = new Agent({ pipelining: 1 })
    t.teardown(() => agent.close())
    const measure = () => measureOne(crmUrl, agent, qualified)

    for (let lead = 0; lead < warmUpLeads; lead++) await measure()
    const idle: number[] = []
    for (let lead = 0; lead < idleLeads; lead++) {
      await delay(restMs)
      idle.push(await measure())
    }
    const loaded = await atRate(measure)
    const result = { idle: distribution(idle), loaded: distribution(loaded) }
    console.log(describe(result))
    return result
  })
}

async function measureOne(crmUrl: string, agent: Agent, qualified: QualifiedLeads): Promise<number> {
  const answer = await request(`${crmUrl}/v1/leads`, { method: 'POST', headers: callerHeaders, body: nextLeadBody(), dispatcher: agent })
  const answeredAt = performance.now()
  const lead = (await answer.body.json()) as { id: string }
  if (answer.statusCode !== 201) throw new Error(`crm-service answered ${answer.statusCode}: ${JSON.stringify(lead)}`)
  return (await qualified.when(lead.id)) - answeredAt
}

/** Starts measurements by the clock, whether or not those before are done: a slow system gets no rest. */
async function atRate(measure: () => Promise<number>): Promise<number[]> {
  const startedAt = performance.now()
  const measured: Promise<number>[] = []
  for (let lead = 0; lead < load.leadsPerSecond * load.seconds; lead++) {
    await delay(Math.max(0, startedAt + (lead * 1000) / load.leadsPerSecond - performance.now()))
    measured.push(measure())
  }
  return await Promise.all(measured)
}

function describe({ idle, loaded }: QualifyLatency): string {
  const row = (name: string, { p50, p95, p99, max }: Distribution) => [name, ...[p50, p95, p99, max].map((figure) => fixed(figure, 1))]
  const rows = [
    ['', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
    row(`idle, ${idleLeads} leads one by one`, idle),
    row(`${load.leadsPerSecond} leads/s for ${load.seconds} s`, loaded),
  ]
  return `From the 201 to QUALIFIED, in the all-in-one\n${formatTable(rows)}\n  goal: p50 under ${goalP50} ms idle: ${fixed(idle.p50, 1)}, ${verdict(idle.p50 < goalP50)}\n`
}
