import type { Test } from 'tap'

/**
 * Prints what a fault test measured, in the form that `pnpm test:faults` collects: `figure: <fault> | <figures>`. Call it before the
 * assertions on the figures, so that they are seen when the guarantee did not hold.
 */
export function printFigures(t: Test, fault: string, figures: Record<string, string | number>): void {
  const list = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`)
  t.comment(`figure: ${fault} | ${list.join(', ')}`)
}

/** Whole seconds since a moment of `performance.now()`, as a figure. */
export function secondsSince(began: number): string {
  return `${Math.round((performance.now() - began) / 1000)} s`
}
