export const pruneBatchSize = 1_000

const batchesAtMost = 100

/**
 * Repeats small deletes until one finds less than a batch; returns how many rows went. Short transactions hold up neither writers nor
 * the vacuum that makes the space reusable. Ends after 100,000 rows, so that it never holds up a shutdown: the next run goes on.
 */
export async function pruneInBatches(deleteBatch: (rows: number) => Promise<number>): Promise<number> {
  let pruned = 0
  for (let batch = 0; batch < batchesAtMost; batch++) {
    const count = await deleteBatch(pruneBatchSize)
    pruned += count
    if (count < pruneBatchSize) break
  }
  return pruned
}

export interface PruneOptions {
  /** The clock's time; default now. */
  now?: Date
  /** Rows older than so many days go. */
  keepDays: number
}

/** The time before which rows go. */
export function keptSince({ now = new Date(), keepDays }: PruneOptions): Date {
  return new Date(now.getTime() - keepDays * 24 * 60 * 60 * 1_000)
}
