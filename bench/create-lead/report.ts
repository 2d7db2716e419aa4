import { median } from '../measurement/statistics.ts'
import { fixed, formatTable, verdict } from '../measurement/table.ts'
import type { Round } from './rounds.ts'

/** Of the bare baseline's rate, by crm-service with its relay at rest. */
const goal = 0.8

export interface Summary {
  /** Median created leads per second. */
  rate: number
  /** Median over the rounds of the rate against the baseline's in the same round. */
  ratio: number
  ratios: number[]
  p50: number
  p99: number
  cpuMicros: number
  unpublished: number
}

/** Medians by contender, each against the baseline's round that was run beside it. */
export function summarize(rounds: ReadonlyMap<string, readonly Round[]>, baseline: string): Record<string, Summary> {
  const base = rounds.get(baseline) ?? []
  return Object.fromEntries(
    [...rounds].map(([name, own]) => {
      const ratios = own.map(({ rate }, index) => rate / (base[index]?.rate ?? Number.NaN))
      const of = (figure: (round: Round) => number) => median(own.map(figure))
      const summary: Summary = {
        rate: of(({ rate }) => rate),
        ratio: median(ratios),
        ratios,
        p50: of(({ latency }) => latency.p50),
        p99: of(({ latency }) => latency.p99),
        cpuMicros: of(({ cpuMicros }) => cpuMicros),
        unpublished: of(({ unpublished }) => unpublished),
      }
      return [name, summary]
    }),
  )
}

export function describeVariant(title: string, summaries: Record<string, Summary>, judged: string): string {
  const header = ['', 'leads/s', 'ratio', 'ratios by round', 'p50 ms', 'p99 ms', 'server CPU µs/lead', 'events waiting']
  const rows = Object.entries(summaries).map(([name, summary]) => [
    name,
    fixed(summary.rate),
    fixed(summary.ratio, 2),
    summary.ratios.map((ratio) => fixed(ratio, 2)).join(' '),
    fixed(summary.p50),
    fixed(summary.p99),
    fixed(summary.cpuMicros),
    fixed(summary.unpublished),
  ])
  const ratio = summaries[judged]?.ratio ?? 0
  return `${title}\n${formatTable([header, ...rows])}\n  goal: ${judged} at ${fixed(goal, 2)} of bare or more: ${fixed(ratio, 2)}, ${verdict(ratio >= goal)}\n`
}
