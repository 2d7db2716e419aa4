import { type Distribution, median } from '../measurement/statistics.ts'
import { fixed, formatTable, verdict } from '../measurement/table.ts'
import type { Round } from './throughput.ts'

/** Of the direct throughput, and milliseconds beyond the direct median. */
const goals = { ratio: 0.6, addedMs: 1.5 }

export interface DoorSummary {
  rate: number
  cpuMicros: number
  /** Milliseconds with all connections busy. */
  busyP50: number
  /** Milliseconds, one request at a time. */
  alone: Distribution
}

export interface Comparison {
  direct: DoorSummary
  gateway: DoorSummary
  /** Median over the rounds of the gateway's rate against the direct one in the same round. */
  ratio: number
  ratios: number[]
  /** Milliseconds by which the medians differ, one request at a time. */
  addedMs: number
}

export function compare(rounds: ReadonlyMap<string, readonly Round[]>, latencies: ReadonlyMap<string, Distribution>): Comparison {
  const summaryOf = (name: string): DoorSummary => {
    const own = rounds.get(name) ?? []
    const alone = latencies.get(name)
    if (alone === undefined) throw new Error(`the latency of ${name} was not measured`)
    const of = (figure: (round: Round) => number) => median(own.map(figure))
    return { rate: of(({ rate }) => rate), cpuMicros: of(({ cpuMicros }) => cpuMicros), busyP50: of(({ p50 }) => p50), alone }
  }
  const [direct, gateway] = [summaryOf('direct'), summaryOf('gateway')]
  const ratios = (rounds.get('gateway') ?? []).map(({ rate }, index) => rate / (rounds.get('direct')?.[index]?.rate ?? Number.NaN))
  return { direct, gateway, ratio: median(ratios), ratios, addedMs: gateway.alone.p50 - direct.alone.p50 }
}

export function describeComparison(title: string, { direct, gateway, ratio, ratios, addedMs }: Comparison): string {
  const row = (name: string, { rate, cpuMicros, busyP50, alone }: DoorSummary, own: string[]) => [
    name,
    fixed(rate),
    ...own,
    fixed(cpuMicros),
    fixed(busyP50),
    fixed(alone.p50, 2),
    fixed(alone.p99, 2),
  ]
  const header = ['', 'answers/s', 'ratio', 'ratios by round', 'server CPU µs', 'p50 ms, busy', 'p50 ms, alone', 'p99 ms, alone']
  const rows = [
    header,
    row('direct', direct, ['1.00', '']),
    row('gateway', gateway, [fixed(ratio, 2), ratios.map((one) => fixed(one, 2)).join(' ')]),
  ]
  return `${title}\n${formatTable(rows)}
  goal: the gateway at ${fixed(goals.ratio, 2)} of direct or more: ${fixed(ratio, 2)}, ${verdict(ratio >= goals.ratio)}
  goal: p50 within ${fixed(goals.addedMs, 1)} ms of direct, one request at a time: ${fixed(addedMs, 2)}, ${verdict(addedMs <= goals.addedMs)}\n`
}
