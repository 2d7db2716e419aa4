import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from '@crm/openapi/json.ts'
import type { Change } from './change.ts'
import { fieldsOf } from './fields.ts'
import { keywordChanges, type Sides } from './keyword-changes.ts'
import { annotations } from './keywords.ts'
import { type Alternative, alternativesOf, keywordsFor } from './schema-alternatives.ts'

/** Two documents whose schemas are compared. */
export interface SchemaComparison extends Sides {
  /** What a line calls the side that a component is used on. */
  side: string
  /** Components already compared: each is reported once, and may refer to itself. */
  seen: Set<string>
}

interface Schemas {
  before: Json
  after: Json
}

/** What breaks between two schemas of one place; what is inside a component is placed there, once for all that use it. */
export function schemaChanges(schemas: Schemas, place: string, comparison: SchemaComparison): Change[] {
  const before = alternativesOf(schemas.before, comparison.before)
  const after = alternativesOf(schemas.after, comparison.after)
  // What clients may send must still be taken; what we may send must have been known.
  const isRequest = comparison.direction === 'request'
  const [inner, outer] = isRequest ? [before, after] : [after, before]
  const compare = (alternative: Alternative, counterpart: Alternative, on: SchemaComparison) => {
    const [old, current] = isRequest ? [alternative, counterpart] : [counterpart, alternative]
    return once(old, current, place, on)
  }
  return inner.flatMap((alternative) => {
    const found = covering(alternative, { own: inner, others: outer }, (candidate) => {
      return compare(alternative, candidate, { ...comparison, seen: new Set(comparison.seen) }).length === 0
    })
    if (!found) return [{ place, what: uncovered(alternative, outer, comparison.direction) }]
    const counterpart = found.type === 'any' ? { ...found, schema: keywordsFor(alternative.type, found.schema) } : found
    return takesAll(counterpart.schema) && alternative.type !== 'any' ? [] : compare(alternative, counterpart, comparison)
  })
}

/** A component is compared once for all that use it, and whatever is in the middle of being compared is not compared again. */
function once(old: Alternative, current: Alternative, place: string, comparison: SchemaComparison): Change[] {
  const isComponent = old.name !== undefined && current.name !== undefined
  const names = isComponent ? [old.name, current.name] : [place.length > longestPlace ? '' : place]
  const key = [comparison.direction, comparison.side, ...names, JSON.stringify([old.schema, current.schema])].join(' ')
  if (comparison.seen.has(key)) return []
  comparison.seen.add(key)
  return alternativeChanges(old, current, isComponent ? `${comparison.side} ${old.name}` : place, comparison)
}

// Of a schema that refers to itself and says more each time: there places grow without end.
const longestPlace = 500

function takesAll(schema: JsonObject): boolean {
  return Object.keys(schema).every((keyword) => annotations.includes(keyword))
}

interface Sorted {
  own: Alternative[]
  others: Alternative[]
}

/** The alternative among `others` that holds every value of this one's type. */
function covering(
  alternative: Alternative,
  { own, others }: Sorted,
  isCompatible: (candidate: Alternative) => boolean,
): Alternative | undefined {
  const wider = alternative.type === 'integer' ? ['integer', 'number', 'any'] : [alternative.type, 'any']
  const candidates = others.filter(({ type }) => wider.includes(type))
  const alike = own.filter(({ type }) => type === alternative.type)
  if (alike.length === 1 && candidates.length === 1) return candidates[0]
  // Several records, one of which it is: the very same one, that of its name, one that holds it, or that in its place.
  return (
    candidates.find(({ schema }) => isDeepStrictEqual(schema, alternative.schema)) ??
    candidates.find(({ name }) => name !== undefined && name === alternative.name) ??
    candidates.find(isCompatible) ??
    (alike.length === candidates.length ? candidates[alike.indexOf(alternative)] : undefined)
  )
}

function uncovered({ type }: Alternative, others: Alternative[], direction: Sides['direction']): string {
  const types = others.map((other) => other.type).join(' or ') || 'nothing'
  return direction === 'request' ? `no longer takes ${type} (takes ${types})` : `may now be ${type} (was ${types})`
}

function alternativeChanges(old: Alternative, current: Alternative, place: string, comparison: SchemaComparison): Change[] {
  return [
    ...keywordChanges(old.schema, current.schema, comparison).map((what) => ({ place, what })),
    ...fieldChanges(old.schema, current.schema, place, comparison),
    ...itemChanges(old.schema, current.schema, place, comparison),
  ]
}

function fieldChanges(before: JsonObject, after: JsonObject, place: string, comparison: SchemaComparison): Change[] {
  const isRequest = comparison.direction === 'request'
  // Events are read by the very schema that they were written by: there marks of one direction say nothing.
  const direction = comparison.isChecked ? undefined : comparison.direction
  const fields = { before: fieldsOf(before, comparison.before, direction), after: fieldsOf(after, comparison.after, direction) }
  // What is required need not be described.
  const names = new Set([fields.before, fields.after].flatMap(({ properties, required }) => [...properties.keys(), ...required]))
  const changes = [...names].flatMap((name): Change[] => {
    const field = `${place}.${name}`
    const old = fields.before.properties.get(name)
    const current = fields.after.properties.get(name)
    if (old !== undefined && current === undefined) return [{ place: field, what: isRequest ? 'is no longer taken' : 'was removed' }]
    const isDemanded = isRequest && fields.after.required.has(name) && !fields.before.required.has(name)
    const mayMiss = !isRequest && fields.before.required.has(name) && !fields.after.required.has(name)
    const isAdded = old === undefined && current !== undefined
    const isUnknown = !isRequest && comparison.isChecked === true && isAdded && before.additionalProperties === false
    return [
      ...(isUnknown ? [{ place: field, what: 'is new in what takes no more fields' }] : []),
      ...(isDemanded ? [{ place: field, what: 'is required now' }] : []),
      ...(mayMiss ? [{ place: field, what: 'may now be missing' }] : []),
      ...(old === undefined || current === undefined ? [] : schemaChanges({ before: old, after: current }, field, comparison)),
    ]
  })
  return [...changes, ...otherFieldChanges(before, after, place, comparison)]
}

/** Of fields that a schema takes without naming them. */
function otherFieldChanges(before: JsonObject, after: JsonObject, place: string, comparison: SchemaComparison): Change[] {
  const isRequest = comparison.direction === 'request'
  const old = before.additionalProperties
  const current = after.additionalProperties
  if (!isRequest && comparison.isChecked && old === false && current !== false)
    return [{ place, what: 'may now have fields it does not name' }]
  // Where a document says nothing of further fields, it gives none to rely on.
  if (old === false || (!isRequest && old === undefined)) return []
  if (current === false) return [{ place, what: `no longer ${isRequest ? 'takes' : 'has'} fields it does not name` }]
  if (!isObject(old) && !isObject(current)) return []
  return schemaChanges({ before: old ?? true, after: current ?? true }, `${place}.*`, comparison)
}

function itemChanges(before: JsonObject, after: JsonObject, place: string, comparison: SchemaComparison): Change[] {
  if (before.items === undefined && after.items === undefined) return []
  return schemaChanges({ before: before.items ?? true, after: after.items ?? true }, `${place}[]`, comparison)
}
