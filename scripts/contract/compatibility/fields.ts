import { elementsOf, isObject, type Json, type JsonObject, membersOf } from '@crm/openapi/json.ts'
import { partAt } from '@crm/openapi/references.ts'
import type { Direction } from './keyword-changes.ts'

/** What an object schema says of its fields to those who write values of one direction. */
export interface Fields {
  properties: Map<string, Json>
  /** Their names; not all of them need be among the properties. */
  required: Set<string>
}

/** By OpenAPI such a field has no place in the other direction, not even where it is required. */
const otherWay = { request: 'readOnly', response: 'writeOnly' } as const

/** The fields of a schema in a request or a response; of what goes one way only, such as events, all of them: leave the direction out. */
export function fieldsOf(schema: JsonObject, document: JsonObject, direction?: Direction): Fields {
  const mark = direction && otherWay[direction]
  const written = membersOf(schema.properties)
  const leftOut = written.filter(([, field]) => mark !== undefined && isMarked(field, mark, document)).map(([name]) => name)
  return {
    properties: new Map(written.filter(([name]) => !leftOut.includes(name))),
    required: new Set(
      elementsOf(schema.required)
        .map(String)
        .filter((name) => !leftOut.includes(name)),
    ),
  }
}

/** Whether a schema carries the mark itself, by its reference or by a part of it. */
function isMarked(schema: Json, mark: string, document: JsonObject, trail: readonly string[] = []): boolean {
  if (!isObject(schema)) return false
  if (schema[mark] === true) return true
  const { $ref } = schema
  const isFollowed = typeof $ref === 'string' && !trail.includes($ref)
  if (isFollowed && isMarked(partAt($ref, document), mark, document, [...trail, $ref])) return true
  return elementsOf(schema.allOf).some((part) => isMarked(part, mark, document, trail))
}
