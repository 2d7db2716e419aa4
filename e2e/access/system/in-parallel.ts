/** Runs a task for each item, so many at a time; resolves to their results in the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result>,
  atOnce = 12,
): Promise<Result[]> {
  const results: Result[] = []
  const left = items.entries()
  const work = async () => {
    for (const [n, item] of left) results[n] = await task(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results
}
