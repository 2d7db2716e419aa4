export interface BackoffRange {
  /** Delay after the first failure, in milliseconds; doubles with each further one. */
  baseMs: number
  /** Longest delay, in milliseconds. */
  maxMs: number
}

const jitter = 0.2

/**
 * Milliseconds to wait after the given number of failures in a row (from 1): base, twice that, and so on up to the maximum,
 * each shortened by up to a fifth so that those who failed together do not return together.
 */
export function backoffDelay(failures: number, range: BackoffRange, random: () => number = Math.random): number {
  const full = Math.min(range.baseMs * 2 ** (failures - 1), range.maxMs)
  return Math.round(full * (1 - jitter * random()))
}
