import { elementsOf, isObject, type Json, type JsonObject, memberOf, membersOf } from './openapi-json.ts'
import { normalizeKeyword } from './text-keyword.ts'

const requestId: JsonObject = {
  description: 'Names the request in logs and events; quote it when you ask about one. Yours, where `x-request-id` was sent.',
  required: true,
  schema: { type: 'string', examples: ['01980000-0000-7000-8000-00000000abcd'] },
}

/** The document as it is published: without the keyword that only our validator knows, and with what its schemas say once told wherever tools look for it. */
export function publishedDocument(document: object): object {
  const published = withoutInternalKeyword(document as JsonObject) as JsonObject
  if (isObject(published.components)) published.components = { ...published.components, headers: { RequestId: requestId } }
  for (const [path, operations] of membersOf(published.paths)) {
    for (const [, operation] of membersOf(operations)) {
      nameInstances(operation, path)
      leaveOptionalParametersEmpty(operation)
      describeHeaders(operation)
      showExamples(operation, memberOf(published.components, 'schemas'))
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

/** Each problem's example is as the operation would answer it. */
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
  for (const parameter of elementsOf(memberOf(operation, 'parameters'))) {
    if (isObject(parameter) && parameter.required !== true) delete parameter.example
  }
}

// @fastify/swagger takes a header for a schema, where `required` has no such meaning.
function describeHeaders(operation: Json): void {
  for (const [, response] of membersOf(memberOf(operation, 'responses'))) {
    if (!isObject(response)) continue
    for (const [, header] of membersOf(response.headers)) {
      const schema = memberOf(header, 'schema')
      if (!isObject(header) || !isObject(schema) || schema.required !== true) continue
      header.required = true
      delete schema.required
    }
    response.headers = { ...(isObject(response.headers) && response.headers), 'x-request-id': { $ref: '#/components/headers/RequestId' } }
  }
}

// Swagger UI, Postman and others show a body as its media type's example, not as that of the schema it refers to.
function showExamples(operation: Json, schemas: Json | undefined): void {
  const bodies = [memberOf(operation, 'requestBody'), ...membersOf(memberOf(operation, 'responses')).map(([, response]) => response)]
  for (const [, media] of bodies.flatMap((body) => membersOf(memberOf(body, 'content')))) {
    if (!isObject(media) || 'example' in media || 'examples' in media) continue
    const name = String(memberOf(media.schema, '$ref')).replace('#/components/schemas/', '')
    const [example] = elementsOf(memberOf(memberOf(schemas, name), 'examples'))
    if (example !== undefined) media.example = example
  }
}

/** The path with each parameter replaced by its example. */
function examplePath(operation: Json, path: string): string {
  return elementsOf(memberOf(operation, 'parameters')).reduce<string>((filled, parameter) => {
    const example = memberOf(parameter, 'example')
    return example === undefined ? filled : filled.replace(`{${memberOf(parameter, 'name')}}`, String(example))
  }, path)
}
