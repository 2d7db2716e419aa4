import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '@crm/openapi/json.ts'
import { describeEnd, type End, tighterEnds } from './bounds.ts'
import { show } from './change.ts'
import { closureOf } from './closure.ts'
import { annotations, forms, lowerBounds, structure, upperBounds } from './keywords.ts'
import { wordsOf } from './merge-schemas.ts'

/** Who writes the values of a schema: clients (`request`, which must go on being taken) or we (`response`, which must go on being understood). */
export type Direction = 'request' | 'response'

const judged = new Set([...lowerBounds, ...upperBounds, ...forms, ...structure, ...annotations])

/** Two documents, and who writes the values compared. */
export interface Sides {
  before: JsonObject
  after: JsonObject
  direction: Direction
  /** Whether those who read values check them by the schema, so that nothing may come that it did not take. */
  isChecked?: boolean
}

/** What the keywords of one type of value say now that breaks those who relied on them before. */
export function keywordChanges(before: JsonObject, after: JsonObject, documents: Sides): string[] {
  const changes = documents.direction === 'request' ? newlyRefused(before, after) : newlyGiven(before, after, documents.isChecked === true)
  return [...changes, ...unjudged(before, after, documents)]
}

function newlyRefused(before: JsonObject, after: JsonObject): string[] {
  // A request that leaves it out means something else now.
  const isRedefaulted = before.default !== undefined && !isDeepStrictEqual(after.default, before.default)
  const changes = [
    ...describeTighter(tighter(before, after), before, after),
    ...(isRedefaulted ? [describe('default', before, after)] : []),
  ]
  return [...refusedWords(wordsOf(before), wordsOf(after)), ...changes]
}

interface Tighter {
  ends: End[]
  /** Keywords. */
  forms: string[]
}

/** Where `to` refuses what `from` takes. */
function tighter(from: JsonObject, to: JsonObject): Tighter {
  const isNew = (keyword: string) => holds(to[keyword]) && !isDeepStrictEqual(to[keyword], from[keyword]) && !isMultiple(keyword, from, to)
  return { ends: tighterEnds(from, to), forms: forms.filter(isNew) }
}

function describeTighter({ ends, forms }: Tighter, before: JsonObject, after: JsonObject): string[] {
  return [...ends.map((end) => describeEnd(end, before, after)), ...forms.map((keyword) => describe(keyword, before, after))]
}

function isMultiple(keyword: string, { multipleOf: old }: JsonObject, { multipleOf: current }: JsonObject): boolean {
  return keyword === 'multipleOf' && typeof old === 'number' && typeof current === 'number' && old % current === 0
}

function describe(keyword: string, before: JsonObject, after: JsonObject): string {
  return `${keyword} is now ${show(after[keyword])} (was ${show(before[keyword])})`
}

function refusedWords(before: Json[] | undefined, after: Json[] | undefined): string[] {
  if (after === undefined) return []
  if (before === undefined) return [`takes only ${after.map(show).join(', ')} now`]
  return without(before, after).map((word) => `no longer takes ${show(word)}`)
}

// To who does not check them, bounds of what we send are no promise: a longer name breaks nobody who reads names.
function newlyGiven(before: JsonObject, after: JsonObject, isChecked: boolean): string[] {
  const isReformatted = before.format !== undefined && after.format !== before.format
  const widened = isChecked ? tighter(after, before) : { ends: [], forms: isReformatted ? ['format'] : [] }
  return [...describeTighter(widened, before, after), ...givenWords(before, after)]
}

function givenWords(before: JsonObject, after: JsonObject): string[] {
  const [known, given] = [wordsOf(before), wordsOf(after)]
  if (known === undefined) return []
  // Nobody takes a list that grows for complete, but everybody may rely on what it has.
  if (before['x-extensible'] === true) return without(known, given ?? []).map((word) => `no longer has ${show(word)}`)
  if (given === undefined || after['x-extensible'] === true) return [`may now be other than ${known.map(show).join(', ')}`]
  return without(given, known).map((word) => `may now be ${show(word)}`)
}

// What it cannot read (allOf, not, patternProperties and their like) it takes for a break when anything in it changed, also behind
// its references: better a question too many.
function unjudged(before: JsonObject, after: JsonObject, documents: Sides): string[] {
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keywords]
    .filter((keyword) => !judged.has(keyword) && !keyword.startsWith('x-'))
    .filter((keyword) => !isDeepStrictEqual(closureOf(before[keyword], documents.before), closureOf(after[keyword], documents.after)))
    .map((keyword) => `${keyword} changed, and what that means to others cannot be judged here`)
}

function holds(constraint: Json | undefined): boolean {
  return constraint !== undefined && constraint !== false
}

function without(words: Json[], others: Json[]): Json[] {
  return words.filter((word) => !others.some((other) => isDeepStrictEqual(word, other)))
}
