import { asDocument, elementsOf, isObject, type Json, type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'
import { operationsOf, securityOf } from '@crm/openapi/operations.ts'
import { normalizeKeyword } from './text-keyword.ts'

/** Of an operation's schema: its body may be left out. */
const optionalBody = 'x-optional-body'

/** Of every operation, so that none lists the header among its parameters. */
export const requestIdSentence =
  'Any request may have a name of its own in the header `x-request-id`, of 1 to 128 letters, digits and `._:-`; else it is given one. The answer repeats it.'

const requestId: JsonObject = {
  description: 'Names the request in logs and events; quote it when you ask about one. Yours, where `x-request-id` was sent.',
  required: true,
  schema: { type: 'string', examples: ['01980000-0000-7000-8000-00000000abcd'] },
}

const cacheControl: JsonObject = {
  description: 'Records are for their caller alone, and are not to be kept.',
  required: true,
  schema: { type: 'string', const: 'private, no-store' },
}

/** The document as it is published: without the keyword that only our validator knows, and with what its schemas say once told wherever tools look for it. */
export function publishedDocument(document: object): JsonObject {
  const published = asDocument(withoutInternalKeyword(asDocument(document, 'what was made')), 'what is published')
  if (isObject(published.components))
    published.components = { ...published.components, headers: { RequestId: requestId, CacheControl: cacheControl } }
  for (const operation of operationsOf(published)) {
    const { path, definition } = operation
    const isOpen = securityOf(operation, published)?.length === 0
    nameInstances(definition, path)
    nameProblemCodes(definition)
    takeOptionalBody(definition)
    leaveOptionalParametersEmpty(definition)
    describeHeaders(definition, { isOpen })
    showExamples(definition, memberOf(published.components, 'schemas'))
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

// @fastify/swagger publishes extensions of a response's content, but not those of the response.
function nameProblemCodes(operation: Json): void {
  for (const [, response] of membersOf(memberOf(operation, 'responses'))) {
    const problem = memberOf(memberOf(response, 'content'), 'application/problem+json')
    if (!isObject(response) || !isObject(problem) || problem['x-problem-codes'] === undefined) continue
    response['x-problem-codes'] = problem['x-problem-codes']
    delete problem['x-problem-codes']
  }
}

// @fastify/swagger takes every body for required; this says of a route that it reads none as an empty one.
function takeOptionalBody(operation: JsonObject): void {
  if (operation[optionalBody] !== true) return
  delete operation[optionalBody]
  if (isObject(operation.requestBody)) operation.requestBody.required = false
}

// Swagger UI sends every example it shows: a filter or an If-Match nobody chose would make a first try fail.
function leaveOptionalParametersEmpty(operation: Json): void {
  for (const parameter of elementsOf(memberOf(operation, 'parameters'))) {
    if (isObject(parameter) && parameter.required !== true) delete parameter.example
  }
}

// @fastify/swagger takes a header for a schema, where `required` has no such meaning.
function describeHeaders(operation: Json, { isOpen }: { isOpen: boolean }): void {
  for (const [status, response] of membersOf(memberOf(operation, 'responses'))) {
    if (!isObject(response)) continue
    for (const [, header] of membersOf(response.headers)) {
      const schema = memberOf(header, 'schema')
      if (!isObject(header) || !isObject(schema) || schema.required !== true) continue
      header.required = true
      delete schema.required
    }
    response.headers = {
      ...(isObject(response.headers) && response.headers),
      ...(status.startsWith('2') && !isOpen && { 'cache-control': { $ref: '#/components/headers/CacheControl' } }),
      'x-request-id': { $ref: '#/components/headers/RequestId' },
    }
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
