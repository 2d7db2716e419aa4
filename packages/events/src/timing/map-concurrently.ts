/**
 * What `work` makes of each item, in their order; so many are under way at once at most. Rejects with the first failure, when none is
 * under way any more; none begins after one.
 */
export async function mapConcurrently<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const waiting = items.entries()
  let failure: { error: unknown } | undefined

  async function workOff(): Promise<void> {
    for (const [at, item] of waiting) {
      if (failure) return
      try {
        results[at] = await work(item)
      } catch (error) {
        failure ??= { error }
      }
    }
  }

  await Promise.all(Array.from({ length: atOnce }, workOff))
  if (failure) throw failure.error
  return results
}
