import { elementsOf, isObject, type Json, type JsonObject, memberOf } from '@crm/service-kit/http/openapi-json.ts'

/** One type of value that a schema takes, with the keywords for it. */
export interface Alternative {
  /** A type of JSON Schema, or `any` where the schema names none. */
  type: string
  /** Of the component it was, if it was one. */
  name: string | undefined
  schema: JsonObject
}

/** A schema with its `$ref` followed, and the name of the component it led to. */
export function resolve(schema: Json, document: JsonObject): { schema: Json; name: string | undefined } {
  let name: string | undefined
  let resolved = schema
  while (isObject(resolved) && typeof resolved.$ref === 'string') {
    const { $ref, ...siblings } = resolved
    const path = $ref.split('/').slice(1)
    name = path.at(-1)
    const target = path.reduce<Json | undefined>((part, step) => memberOf(part, step), document)
    if (target === undefined) throw new Error(`${$ref} is not in the document`)
    resolved = isObject(target) ? { ...target, ...siblings } : target
  }
  return { schema: resolved, name }
}

/** Every type of value that a schema takes. Words of a closed list are one alternative, however the schema writes them. */
export function alternativesOf(schema: Json, document: JsonObject): Alternative[] {
  const split = splitUnions(schema, document)
  const [worded, others] = partition(split, ({ schema }) => wordsOf(schema) !== undefined)
  const byType = Object.entries(Object.groupBy(worded, ({ type }) => type))
  const merged = byType.map(([type, group = []]) => ({
    type,
    name: group.length === 1 ? group[0]?.name : undefined,
    schema: { ...group[0]?.schema, enum: group.flatMap(({ schema }) => wordsOf(schema) ?? []).filter((word) => isOfType(word, type)) },
  }))
  return [...merged, ...others]
}

/** The closed list of values that a schema takes, if there is one. */
export function wordsOf(schema: JsonObject): Json[] | undefined {
  if (Array.isArray(schema.enum)) return schema.enum
  return schema.const === undefined ? undefined : [schema.const]
}

function splitUnions(unresolved: Json, document: JsonObject): Alternative[] {
  const { schema, name } = resolve(unresolved, document)
  if (schema === false) return []
  if (!isObject(schema)) return [{ type: 'any', name, schema: {} }]
  const { anyOf, oneOf, ...common } = schema
  if (anyOf === undefined && oneOf === undefined) return typesOf(schema).map((type) => ({ type, name, schema }))
  return elementsOf(anyOf ?? oneOf).flatMap((branch) =>
    splitUnions(branch, document).map((alternative) => ({
      type: alternative.type,
      name: alternative.name ?? name,
      schema: { ...common, ...alternative.schema },
    })),
  )
}

function typesOf(schema: JsonObject): string[] {
  if (Array.isArray(schema.type)) return schema.type.map(String)
  if (typeof schema.type === 'string') return [schema.type]
  const words = wordsOf(schema)
  if (words) return [...new Set(words.map(typeOf))]
  if ('properties' in schema || 'required' in schema) return ['object']
  return ['items' in schema ? 'array' : 'any']
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
