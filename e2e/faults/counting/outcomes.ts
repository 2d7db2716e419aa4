import type { Load } from '../load/load.ts'

/** How the attempts of the loads' writes ended, and how often: `201 812, 503 14, lost 2`. */
export function outcomesOf(loads: readonly Load[]): string {
  const counts = new Map<string, number>()
  for (const { outcome } of loads.flatMap(({ writes }) => writes.flatMap(({ attempts }) => attempts))) {
    counts.set(String(outcome), (counts.get(String(outcome)) ?? 0) + 1)
  }
  return [...counts].map(([outcome, count]) => `${outcome} ×${count}`).join(' ')
}

/** Attempts that had no whole answer within the time that counts as hanging; see hangingMs. */
export function countHanging(loads: readonly Load[]): number {
  return loads.flatMap(({ writes }) => writes).flatMap(({ attempts }) => attempts.filter(({ outcome }) => outcome === 'hanging')).length
}
