/** A change that breaks somebody who relied on the document before: where, and what. */
export interface Change {
  place: string
  what: string
}

export function describeChange({ place, what }: Change): string {
  return `${place}: ${what}`
}

/** A value as a line shows it. */
export function show(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value)
}
