import { median } from '../measurement/statistics.ts'
import { fixed, formatTable, verdict } from '../measurement/table.ts'
import type { AttackResult } from './attack.ts'
import { type Action, actions, type WorkDone } from './others.ts'

/** Of a median during the flood against the one just before. */
const goal = 2

export interface FloodRound {
  calm: WorkDone
  flooded: WorkDone
  attack: AttackResult
}

export interface FloodSummary {
  /** Milliseconds: medians of all rounds' calls, before floods and during them. */
  calm: Record<Action, number>
  flooded: Record<Action, number>
  /** Median over the rounds of the median during the flood against the one just before. */
  ratios: Record<Action, number>
  /** Calls of the others that were refused, before floods and during them. */
  refused: { calm: number; flooded: number }
  /** Attempts by the status they were answered with, and how many came in a second. */
  statuses: Record<string, number>
  perSecond: number
}

export function summarizeFloods(rounds: readonly FloodRound[]): FloodSummary {
  const of = (figure: (action: Action) => number) =>
    Object.fromEntries(actions.map((action) => [action, figure(action)])) as Record<Action, number>
  const statuses: Record<string, number> = {}
  for (const { attack } of rounds) {
    for (const [status, count] of Object.entries(attack.statuses)) statuses[status] = (statuses[status] ?? 0) + count
  }
  const attempts = sum(Object.values(statuses))
  return {
    calm: of((action) => median(rounds.flatMap(({ calm }) => calm.times[action]))),
    flooded: of((action) => median(rounds.flatMap(({ flooded }) => flooded.times[action]))),
    ratios: of((action) => median(rounds.map(({ calm, flooded }) => median(flooded.times[action]) / median(calm.times[action])))),
    refused: { calm: sum(rounds.map(({ calm }) => calm.refused)), flooded: sum(rounds.map(({ flooded }) => flooded.refused)) },
    statuses,
    perSecond: attempts / sum(rounds.map(({ attack }) => attack.seconds)),
  }
}

export function describeFloods(title: string, { calm, flooded, ratios, refused, statuses, perSecond }: FloodSummary): string {
  const rows = actions.map((action) => [action, fixed(calm[action], 1), fixed(flooded[action], 1), fixed(ratios[action], 2)])
  const answered = Object.entries(statuses).map(([status, count]) => `${count} with ${status}`)
  const largest = Math.max(...Object.values(ratios))
  return `${title}: attempts answered ${answered.join(', ')}, ${fixed(perSecond)}/s
${formatTable([['others, p50 ms', 'before', 'during', 'ratio'], ...rows])}
  goal: under ${fixed(goal, 1)} of the median before: ${fixed(largest, 2)}, ${verdict(largest < goal)}
  calls of the others that were refused: ${refused.calm} before, ${refused.flooded} during\n`
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
