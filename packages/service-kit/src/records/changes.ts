/** What an update changes of a record: each field with its value before and after. */
export type Changes<Fields> = { [field in keyof Fields]?: { from: Fields[field]; to: Fields[field] } }

/** The fields that an update gives another value, each with the value before and after; empty when nothing changes. */
export function changesBetween<Fields extends object>(before: Fields, update: Partial<Fields>): Changes<Fields> {
  const changes: Changes<Fields> = {}
  for (const field of Object.keys(update) as (keyof Fields)[]) {
    const to = update[field]
    if (to !== undefined && to !== before[field]) changes[field] = { from: before[field], to }
  }
  return changes
}

export function isEmpty(changes: object): boolean {
  return Object.keys(changes).length === 0
}

/** The moment of a change: later than the change before it, though the clock may have been set back or not have moved. */
export function momentAfter(previous: Date): Date {
  return new Date(Math.max(Date.now(), previous.getTime() + 1))
}
