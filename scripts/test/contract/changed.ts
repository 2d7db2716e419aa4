import { isObject, type Json, type JsonObject } from '@crm/openapi/json.ts'

/** What to put at a JSON pointer (RFC 6901); undefined takes out what is there, `-` stands for a new element at the end of an array. */
export type Changes = Record<string, Json | undefined>

/** A copy of the document with changes. Throws where there is nothing to change. */
export function changed(document: JsonObject, changes: Changes): JsonObject {
  const copy = structuredClone(document)
  for (const [pointer, value] of Object.entries(changes)) change(copy, pointer, value)
  return copy
}

/** What stands at a pointer of the document, for a change that builds on it. Throws when there is nothing. */
export function partAt(document: JsonObject, pointer: string): Json {
  return stepsOf(pointer).reduce<Json>((part, step) => step.read(part, pointer), document)
}

function change(document: JsonObject, pointer: string, value: Json | undefined): void {
  const steps = stepsOf(pointer)
  const last = steps.pop()
  const parent = steps.reduce<Json>((part, step) => step.read(part, pointer), document)
  if (last === undefined) throw new Error('the whole document cannot be changed')
  if (Array.isArray(parent)) {
    if (last.name === '-' && value !== undefined) parent.push(value)
    else parent.splice(Number(last.name), 1, ...(value === undefined ? [] : [value]))
  } else if (!isObject(parent)) throw new Error(`there is nothing to change at ${pointer}`)
  else if (value !== undefined) parent[last.name] = value
  else if (last.name in parent) delete parent[last.name]
  else throw new Error(`there is nothing to take out at ${pointer}`)
}

function stepsOf(pointer: string) {
  return pointer
    .split('/')
    .slice(1)
    .map((text) => {
      const name = text.replaceAll('~1', '/').replaceAll('~0', '~')
      const read = (part: Json, whole: string): Json => {
        const member = Array.isArray(part) ? part[Number(name)] : isObject(part) ? part[name] : undefined
        if (member === undefined) throw new Error(`there is nothing at ${name} of ${whole}`)
        return member
      }
      return { name, read }
    })
}
