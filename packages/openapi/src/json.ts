/** A document, or a part of one, whatever it holds. */
export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject {
  [name: string]: Json
}

/** Of values read from JSON or YAML. */
export function isObject(part: unknown): part is JsonObject {
  return typeof part === 'object' && part !== null && !Array.isArray(part)
}

/** What a document was parsed to, as an object. Throws when it is none. */
export function asDocument(parsed: unknown, name: string): JsonObject {
  if (!isObject(parsed)) throw new Error(`${name} is no document: it holds no object`)
  return parsed
}

/** The member of that name; undefined when the part is no object or has no such member. */
export function memberOf(part: Json | undefined, name: string): Json | undefined {
  return isObject(part) && Object.hasOwn(part, name) ? part[name] : undefined
}

/** The same, where it is a text. */
export function textOf(part: Json | undefined, name: string): string | undefined {
  const member = memberOf(part, name)
  return typeof member === 'string' ? member : undefined
}

/** Names and values of an object's members; none when the part is no object. */
export function membersOf(part: Json | undefined): [string, Json][] {
  return isObject(part) ? Object.entries(part) : []
}

/** The elements of an array; none when the part is no array. */
export function elementsOf(part: Json | undefined): Json[] {
  return Array.isArray(part) ? part : []
}
