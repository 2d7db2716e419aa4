import { setTimeout as delay } from 'node:timers/promises'
import { type AllInOne, isolatedEnvironment, startAllInOne } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'
import type postgres from 'postgres'
import { loadWithLeads } from '../load/lead-load.ts'
import { type TreeMemory, treeMemory } from '../measurement/process-figures.ts'
import { median } from '../measurement/statistics.ts'
import { fixed, formatTable, verdict } from '../measurement/table.ts'
import { withTeardown } from '../measurement/teardown.ts'
import type { BenchOptions } from '../options.ts'

const warmStarts = 3
const settleMs = 5_000
const loadSeconds = 10
const goals = { warmSeconds: 6, memory: 450 }

export interface Footprint {
  /** Seconds. */
  start: { cold: number; warm: number }
  /** MB, proportional set size. */
  memory: { idle: TreeMemory; loaded: TreeMemory }
  /** Leads that the load created, each of them QUALIFIED when the memory was read. */
  leads: number
}

/** Measures how fast the all-in-one starts, and its memory with PostgreSQL's, idle and after a load. */
export async function benchFootprint({ connections }: BenchOptions): Promise<Footprint> {
  return await withTeardown(async (t) => {
    const env = await isolatedEnvironment(t)
    const first = await startAllInOne(t, env)
    await delay(settleMs)
    const idle = await treeMemory(first.process.pid)
    const { answers } = await loadWithLeads({ url: first.crmUrl, connections, seconds: loadSeconds, keyed: false })
    await awaitAllQualified(await first.database('crm_db'))
    await delay(settleMs)
    const loaded = await treeMemory(first.process.pid)
    await stop(first)

    const warm: number[] = []
    for (let start = 0; start < warmStarts; start++) {
      const again = await startAllInOne(t, env)
      warm.push(again.startSeconds)
      await stop(again)
    }
    const result = { start: { cold: first.startSeconds, warm: median(warm) }, memory: { idle, loaded }, leads: answers.length }
    console.log(describe(result))
    return result
  })
}

async function awaitAllQualified(sql: postgres.Sql): Promise<void> {
  await until(
    async () => {
      const [row] = await sql<{ none: boolean }[]>`select not exists (select from leads where status = 'NEW') as none`
      return row?.none
    },
    { timeoutMs: 300_000, intervalMs: 500, what: 'all leads are qualified' },
  )
}

async function stop({ process: running }: AllInOne): Promise<void> {
  const { code, signal } = await running.stop()
  if (code !== 0) throw new Error(`The all-in-one ended with ${code ?? signal}: ${running.output()}`)
}

function describe({ start, memory, leads }: Footprint): string {
  const row = (name: string, { root, descendants, total }: TreeMemory) => [name, ...[root, descendants, total].map((size) => fixed(size))]
  const rows = [
    ['memory, PSS in MB', 'node', 'PostgreSQL', 'total'],
    row('idle', memory.idle),
    row(`after ${leads} leads in ${loadSeconds} s`, memory.loaded),
  ]
  const largest = Math.max(memory.idle.total, memory.loaded.total)
  return `The all-in-one\n${formatTable(rows)}
  goal: under ${goals.memory} MB: ${fixed(largest)}, ${verdict(largest < goals.memory)}
  start: ${fixed(start.cold, 2)} s on an empty data folder, ${fixed(start.warm, 2)} s on one that is there
  goal: warm start under ${goals.warmSeconds} s: ${fixed(start.warm, 2)}, ${verdict(start.warm < goals.warmSeconds)}\n`
}
