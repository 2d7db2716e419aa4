import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '@crm/service-kit/http/openapi-json.ts'
import { show } from './change.ts'
import { wordsOf } from './schema-alternatives.ts'

/** Who writes the values of a schema: clients (`request`, which must go on being taken) or we (`response`, which must go on being understood). */
export type Direction = 'request' | 'response'

const lowerBounds = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties']
const upperBounds = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties']
const forms = ['pattern', 'multipleOf', 'uniqueItems']
/** Compared elsewhere: as types, as objects and arrays, as lists of words. */
const structure = ['type', 'enum', 'const', 'properties', 'required', 'additionalProperties', 'items', 'format', 'default']
const annotations = ['title', 'description', 'examples', 'example', 'deprecated', 'externalDocs', '$comment', '$id']
const judged = new Set([...lowerBounds, ...upperBounds, ...forms, ...structure, ...annotations])

/** What the keywords of one type of value say now that breaks those who relied on them before. */
export function keywordChanges(before: JsonObject, after: JsonObject, direction: Direction): string[] {
  const changes = direction === 'request' ? newlyRefused(before, after) : newlyGiven(before, after)
  return [...changes, ...unjudged(before, after)]
}

function newlyRefused(before: JsonObject, after: JsonObject): string[] {
  const changed = (keyword: string) => `${keyword} is now ${show(after[keyword])} (was ${show(before[keyword])})`
  const tighter = [
    ...lowerBounds.filter((keyword) => numberOr(after[keyword], -Infinity) > numberOr(before[keyword], -Infinity)),
    ...upperBounds.filter((keyword) => numberOr(after[keyword], Infinity) < numberOr(before[keyword], Infinity)),
    ...[...forms, 'format'].filter((keyword) => holds(after[keyword]) && !isDeepStrictEqual(after[keyword], before[keyword])),
    // A request that leaves it out means something else now.
    ...['default'].filter((keyword) => before[keyword] !== undefined && !isDeepStrictEqual(after[keyword], before[keyword])),
  ]
  return [...refusedWords(wordsOf(before), wordsOf(after)), ...tighter.map(changed)]
}

function refusedWords(before: Json[] | undefined, after: Json[] | undefined): string[] {
  if (after === undefined) return []
  if (before === undefined) return [`takes only ${after.map(show).join(', ')} now`]
  return without(before, after).map((word) => `no longer takes ${show(word)}`)
}

// Bounds of what we send are no promise: a longer name breaks nobody who reads names.
function newlyGiven(before: JsonObject, after: JsonObject): string[] {
  const isReformatted = before.format !== undefined && after.format !== before.format
  const format = isReformatted ? [`format is now ${show(after.format)} (was ${show(before.format)})`] : []
  return [...format, ...givenWords(before, after)]
}

function givenWords(before: JsonObject, after: JsonObject): string[] {
  const known = wordsOf(before)
  if (known === undefined || before['x-extensible'] === true) return []
  const given = wordsOf(after)
  if (given === undefined || after['x-extensible'] === true) return [`may now be other than ${known.map(show).join(', ')}`]
  return without(given, known).map((word) => `may now be ${show(word)}`)
}

// What it does not know it takes for a break: better a question too many.
function unjudged(before: JsonObject, after: JsonObject): string[] {
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keywords]
    .filter((keyword) => !judged.has(keyword) && !keyword.startsWith('x-') && !isDeepStrictEqual(before[keyword], after[keyword]))
    .map((keyword) => `${keyword} changed, and what that means to others cannot be judged here`)
}

function holds(constraint: Json | undefined): boolean {
  return constraint !== undefined && constraint !== false
}

function without(words: Json[], others: Json[]): Json[] {
  return words.filter((word) => !others.some((other) => isDeepStrictEqual(word, other)))
}

function numberOr(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}
