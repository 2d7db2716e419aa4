import { normalizeKeyword } from './text-keyword.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

/** The document as it is published: without the keyword that only our validator knows, each problem's example as the operation would answer it, and no example for what may be left out. */
export function publishedDocument(document: object): object {
  const published = withoutInternalKeyword(document as JsonObject) as JsonObject
  for (const [path, operations] of membersOf(published.paths)) {
    for (const [, operation] of membersOf(operations)) {
      nameInstances(operation, path)
      leaveOptionalParametersEmpty(operation)
    }
  }
  return published
}

// Copied, never changed: the parts are the very schemas that requests are checked by.
function withoutInternalKeyword(part: Json): Json {
  if (Array.isArray(part)) return part.map(withoutInternalKeyword)
  if (!isObject(part)) return part
  const copy: JsonObject = {}
  for (const [name, member] of Object.entries(part)) if (name !== normalizeKeyword) copy[name] = withoutInternalKeyword(member)
  return copy
}

function nameInstances(operation: Json, path: string): void {
  const instance = examplePath(operation, path)
  for (const [, response] of membersOf(memberOf(operation, 'responses'))) {
    const problem = memberOf(memberOf(response, 'content'), 'application/problem+json')
    for (const [, example] of membersOf(memberOf(problem, 'examples'))) {
      const value = memberOf(example, 'value')
      if (isObject(value)) value.instance = instance
    }
  }
}

// Swagger UI sends every example it shows: a filter or an If-Match nobody chose would make a first try fail.
function leaveOptionalParametersEmpty(operation: Json): void {
  const parameters = memberOf(operation, 'parameters')
  if (!Array.isArray(parameters)) return
  for (const parameter of parameters) if (isObject(parameter) && parameter.required !== true) delete parameter.example
}

/** The path with each parameter replaced by its example. */
function examplePath(operation: Json, path: string): string {
  const parameters = memberOf(operation, 'parameters')
  if (!Array.isArray(parameters)) return path
  return parameters.reduce<string>((filled, parameter) => {
    const example = memberOf(parameter, 'example')
    return example === undefined ? filled : filled.replace(`{${memberOf(parameter, 'name')}}`, String(example))
  }, path)
}

function isObject(part: Json | undefined): part is JsonObject {
  return typeof part === 'object' && part !== null && !Array.isArray(part)
}

function memberOf(part: Json | undefined, name: string): Json | undefined {
  return isObject(part) ? part[name] : undefined
}

function membersOf(part: Json | undefined): [string, Json][] {
  return isObject(part) ? Object.entries(part) : []
}
