import { setTimeout as delay } from 'node:timers/promises'
import { loadWithLeads } from '../load/lead-load.ts'
import { cpuSeconds } from '../measurement/process-figures.ts'
import type { Contender } from './contenders.ts'
import { emptyTables, requireStored } from './stored-leads.ts'

export interface RoundOptions {
  rounds: number
  seconds: number
  warmUpSeconds: number
  connections: number
}

export interface Round {
  /** Created leads per second. */
  rate: number
  /** Milliseconds. */
  latency: { p50: number; p99: number }
  /** Processor time of the server process for one lead, in microseconds. */
  cpuMicros: number
  /** Events not sent when the load ended. */
  unpublished: number
}

/** One round of each contender after the other, the order turned round each time, after a warm-up of each. The rounds by contender. */
export async function runRounds(contenders: readonly Contender[], keyed: boolean, options: RoundOptions): Promise<Map<string, Round[]>> {
  const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]))
  for (const contender of contenders) await runRound(contender, keyed, { ...options, seconds: options.warmUpSeconds })
  for (let round = 0; round < options.rounds; round++) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed()
    for (const contender of order) rounds.get(contender.name)?.push(await runRound(contender, keyed, options))
  }
  return rounds
}

async function runRound({ url, pid, sql }: Contender, keyed: boolean, { seconds, connections }: RoundOptions): Promise<Round> {
  await emptyTables(sql)
  const cpuBefore = await cpuSeconds(pid)
  const load = await loadWithLeads({ url, connections, seconds, keyed })
  const cpu = (await cpuSeconds(pid)) - cpuBefore
  // Requests under way when the connections closed are still being written.
  await delay(200)
  const { unpublished } = await requireStored(sql, load, keyed)
  await emptyTables(sql)
  return { rate: load.rate, latency: load.latency, cpuMicros: (cpu / load.answers.length) * 1e6, unpublished }
}
