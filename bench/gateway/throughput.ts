import autocannon from 'autocannon'
import { cpuSeconds } from '../measurement/process-figures.ts'
import type { BenchOptions } from '../options.ts'
import type { MeasuredRequest } from './requests.ts'

/** Where the same request is sent to. */
export interface Door {
  name: string
  url: string
  headers: Record<string, string>
  /** Of the processes whose processor time one request takes. */
  pids: number[]
}

export interface Round {
  /** Answers per second. */
  rate: number
  /** Milliseconds, with all connections busy. */
  p50: number
  /** Processor time of those processes for one request, in microseconds. */
  cpuMicros: number
}

/** One round of each door after the other, the order turned round each time, after a warm-up of each. The rounds by door. */
export async function measureThroughput(
  doors: readonly Door[],
  request: MeasuredRequest,
  options: BenchOptions,
  between: () => Promise<void>,
): Promise<Map<string, Round[]>> {
  const rounds = new Map<string, Round[]>(doors.map(({ name }) => [name, []]))
  for (const door of doors) await runRound(door, request, { ...options, seconds: options.warmUpSeconds })
  for (let round = 0; round < options.rounds; round++) {
    for (const door of round % 2 === 0 ? doors : doors.toReversed()) {
      await between()
      rounds.get(door.name)?.push(await runRound(door, request, options))
    }
  }
  return rounds
}

async function runRound(
  { name, url, headers, pids }: Door,
  { method, path, status, body }: MeasuredRequest,
  { seconds, connections }: BenchOptions,
): Promise<Round> {
  const before = await cpuOf(pids)
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [
      { method, path, headers, ...(body && { setupRequest: (request) => ({ ...request, headers: { ...headers }, body: body() }) }) },
    ],
  })
  const answered = result.statusCodeStats[status]?.count ?? 0
  if (answered === 0 || result.errors > 0 || result.non2xx > 0 || answered !== result['2xx']) {
    throw new Error(
      `${name} did not answer every request with ${status}: ${result.errors} errors, ${JSON.stringify(result.statusCodeStats)}`,
    )
  }
  const cpu = (await cpuOf(pids)) - before
  return { rate: answered / result.duration, p50: result.latency.p50, cpuMicros: (cpu / answered) * 1e6 }
}

async function cpuOf(pids: readonly number[]): Promise<number> {
  const seconds = await Promise.all(pids.map(cpuSeconds))
  return seconds.reduce((sum, one) => sum + one, 0)
}
