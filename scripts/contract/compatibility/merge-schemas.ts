import { isDeepStrictEqual } from 'node:util'
import { elementsOf, isObject, type Json, type JsonObject } from '@crm/openapi/json.ts'
import { annotations, lowerBounds, upperBounds } from './keywords.ts'

/** The closed list of values that a schema takes, if there is one. */
export function wordsOf(schema: JsonObject): Json[] | undefined {
  if (Array.isArray(schema.enum)) return schema.enum
  return schema.const === undefined ? undefined : [schema.const]
}

/** One schema for what both ask of a value. What cannot be said in one stays as an `allOf`. Types are left out: they are compared apart. */
export function mergeSchemas(left: JsonObject, right: JsonObject): JsonObject {
  const merged: JsonObject = {}
  const apart: Json[] = [...elementsOf(left.allOf), ...elementsOf(right.allOf)]
  for (const keyword of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (['type', 'allOf', 'enum', 'const'].includes(keyword)) continue
    const [a, b] = [left[keyword], right[keyword]]
    const both = a === undefined ? b : b === undefined ? a : bothOf(keyword, a, b)
    if (both !== undefined) merged[keyword] = both
    else for (const value of [a, b]) if (value !== undefined) apart.push({ [keyword]: value })
  }
  const words = bothWords(wordsOf(left), wordsOf(right))
  if (isClosedBeside(left, right) || isClosedBeside(right, left)) apart.push({ additionalProperties: merged.additionalProperties ?? false })
  return { ...merged, ...(words && { enum: words }), ...(apart.length > 0 && { allOf: apart }) }
}

function bothOf(keyword: string, a: Json, b: Json): Json | undefined {
  if (isDeepStrictEqual(a, b) || annotations.includes(keyword) || keyword.startsWith('x-') || keyword === 'default') return b
  if (keyword === 'required') return [...new Set([...elementsOf(a), ...elementsOf(b)])]
  if (keyword === 'items') return { allOf: [a, b] }
  if (keyword === 'properties' && isObject(a) && isObject(b)) return bothProperties(a, b)
  if (typeof a !== 'number' || typeof b !== 'number') return undefined
  if (lowerBounds.includes(keyword)) return Math.max(a, b)
  return upperBounds.includes(keyword) ? Math.min(a, b) : undefined
}

function bothProperties(a: JsonObject, b: JsonObject): JsonObject {
  const shared = Object.keys(a).filter((name) => name in b && !isDeepStrictEqual(a[name], b[name]))
  return { ...a, ...b, ...Object.fromEntries(shared.map((name) => [name, { allOf: [a[name] ?? true, b[name] ?? true] }])) }
}

function bothWords(a: Json[] | undefined, b: Json[] | undefined): Json[] | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.filter((word) => b.some((other) => isDeepStrictEqual(word, other)))
}

/** Whether one refuses or judges fields that it does not name, while the other names some. */
function isClosedBeside(closed: JsonObject, other: JsonObject): boolean {
  const { additionalProperties: rest, properties: known } = closed
  if (rest === undefined || rest === true) return false
  return Object.keys(other.properties ?? {}).some((name) => !(name in (isObject(known) ? known : {})))
}
