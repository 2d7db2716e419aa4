import { elementsOf, isObject, type Json, type JsonObject } from '@crm/openapi/json.ts'
import { partAt } from '@crm/openapi/references.ts'
import { annotations, commonType, concerns } from './keywords.ts'
import { mergeSchemas, wordsOf } from './merge-schemas.ts'

/** One type of value that a schema takes, with the keywords for it. */
export interface Alternative {
  /** A type of JSON Schema, or `any` where the schema names none. */
  type: string
  /** Of the component it is; undefined when it is written in place, or says more than the component. */
  name: string | undefined
  schema: JsonObject
}

/** Every type of value that a schema takes. Words of a closed list are one alternative, however the schema writes them. */
export function alternativesOf(schema: Json, document: JsonObject): Alternative[] {
  const split = splitSchema(schema, document, []).map(inferType)
  const [worded, others] = partition(split, ({ schema }) => wordsOf(schema) !== undefined)
  const byType = Object.entries(Object.groupBy(worded, ({ type }) => type))
  const merged = byType.map(([type, group = []]) => ({
    type,
    name: group.length === 1 ? group[0]?.name : undefined,
    schema: { ...group[0]?.schema, enum: group.flatMap(({ schema }) => wordsOf(schema) ?? []).filter((word) => isOfType(word, type)) },
  }))
  return [...merged.filter(({ schema }) => schema.enum.length > 0), ...others]
}

/** The keywords of a schema that say something about values of this type. */
export function keywordsFor(type: string, schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => concerns(keyword, type)))
}

/** A value must be one of the alternatives of each part: of the schema's own keywords, its reference, its unions and its `allOf`. */
function splitSchema(schema: Json, document: JsonObject, trail: readonly string[]): Alternative[] {
  if (schema === false) return []
  if (!isObject(schema)) return [{ type: 'any', name: undefined, schema: {} }]
  const { $ref, anyOf, oneOf, allOf, ...own } = schema
  const unions = [anyOf, oneOf].filter((union) => union !== undefined)
  const parts = [
    ...(typeof $ref === 'string' ? [splitReference($ref, document, trail)] : []),
    ...unions.map((union) => elementsOf(union).flatMap((branch) => splitSchema(branch, document, trail))),
    ...elementsOf(allOf).map((branch) => splitSchema(branch, document, trail).map(withoutName)),
  ]
  const keywords = Object.keys(own).filter((keyword) => !annotations.includes(keyword))
  const isBare = parts.length === 1 && keywords.length === 0
  return parts.reduce(combine, typesOf(own)).map((one) => (isBare ? one : withoutName(one)))
}

function splitReference($ref: string, document: JsonObject, trail: readonly string[]): Alternative[] {
  if (trail.includes($ref)) throw new Error(`${$ref} refers to itself`)
  const name = $ref.split('/').at(-1)
  const target = partAt($ref, document)
  return splitSchema(target, document, [...trail, $ref]).map((one) => ({ ...one, name: one.name ?? name }))
}

function combine(left: Alternative[], right: Alternative[]): Alternative[] {
  return left.flatMap((a) =>
    right.flatMap((b) => {
      const type = commonType(a.type, b.type)
      return type === undefined ? [] : [{ type, name: a.name ?? b.name, schema: mergeSchemas(a.schema, b.schema) }]
    }),
  )
}

function withoutName({ type, schema }: Alternative): Alternative {
  return { type, name: undefined, schema }
}

function typesOf(schema: JsonObject): Alternative[] {
  const words = wordsOf(schema)
  const named = Array.isArray(schema.type) ? schema.type.map(String) : typeof schema.type === 'string' ? [schema.type] : undefined
  const types = named ?? (words ? [...new Set(words.map(typeOf))] : ['any'])
  return types.map((type) => ({ type, name: undefined, schema }))
}

// A schema that speaks of fields or elements means objects or arrays, though by the letter it takes all else.
function inferType({ type: written, name, schema }: Alternative): Alternative {
  const isObjectSchema = 'properties' in schema || 'required' in schema
  const type = written !== 'any' ? written : isObjectSchema ? 'object' : 'items' in schema ? 'array' : 'any'
  return { type, name, schema: { ...keywordsFor(type, schema), ...(type !== 'any' && { type }) } }
}

function typeOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

function isOfType(value: Json, type: string): boolean {
  return typeOf(value) === type || (type === 'number' && typeof value === 'number')
}

function partition<T>(values: readonly T[], belongs: (value: T) => boolean): [T[], T[]] {
  return [values.filter(belongs), values.filter((value) => !belongs(value))]
}
