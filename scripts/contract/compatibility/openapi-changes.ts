import { isDeepStrictEqual } from 'node:util'
import { elementsOf, isObject, type Json, type JsonObject, memberOf, membersOf } from '@crm/service-kit/http/openapi-json.ts'
import { type Change, show } from './change.ts'
import type { Direction } from './keyword-changes.ts'
import { resolve } from './schema-alternatives.ts'
import { type SchemaComparison, schemaChanges } from './schema-changes.ts'
import { securityChanges, securitySchemeChanges } from './security-changes.ts'

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

/** Two versions of an OpenAPI document. */
interface Documents {
  before: JsonObject
  after: JsonObject
  /** Both sides of every comparison of schemas. */
  schemas: Record<Direction, SchemaComparison>
}

interface Parts {
  before: JsonObject
  after: JsonObject
}

/** What breaks a client that was made for the OpenAPI document before. */
export function openApiChanges(before: JsonObject, after: JsonObject): Change[] {
  const seen = new Set<string>()
  const schemas = {
    request: { before, after, direction: 'request', side: 'request', seen },
    response: { before, after, direction: 'response', side: 'response', seen },
  } as const
  const documents: Documents = { before, after, schemas }
  const operations = membersOf(before.paths).flatMap(([path, item]) => operationsOf(path, item, before))
  const changes = operations.flatMap(({ path, method, operation }) => {
    const place = `${method.toUpperCase()} ${path}`
    const current = operationsOf(path, memberOf(after.paths, path) ?? null, after).find((other) => other.method === method)
    if (!current) return [{ place, what: `was removed (${show(operation.operationId)})` }]
    return operationChanges({ before: operation, after: current.operation }, place, documents)
  })
  return [...securitySchemeChanges(documents), ...changes]
}

function operationsOf(path: string, item: Json, document: JsonObject): { path: string; method: string; operation: JsonObject }[] {
  const shared = elementsOf(memberOf(item, 'parameters'))
  return methods.flatMap((method) => {
    const operation = memberOf(item, method)
    if (!isObject(operation)) return []
    // The operation's own parameters come last: they stand in for shared ones of the same name.
    const parameters = [...shared, ...elementsOf(operation.parameters)]
    return [{ path, method, operation: { security: document.security ?? [], ...operation, parameters } }]
  })
}

function operationChanges(operations: Parts, place: string, documents: Documents): Change[] {
  const { before, after } = operations
  // Clients are made from them: the method's name and the resource it belongs to.
  const names = ['operationId', 'tags'].filter((member) => !isDeepStrictEqual(before[member], after[member]))
  return [
    ...names.map((member) => ({ place, what: `${member} is now ${show(after[member])} (was ${show(before[member])})` })),
    ...securityChanges(operations, place),
    ...parameterChanges(operations, place, documents),
    ...bodyChanges(operations, place, documents),
    ...responseChanges(operations, place, documents),
  ]
}

function parameterChanges(operations: Parts, place: string, documents: Documents): Change[] {
  const old = parametersOf(operations.before, documents.before)
  const current = parametersOf(operations.after, documents.after)
  const demanded = [...current].filter(([name, { required }]) => required === true && old.get(name)?.required !== true)
  const compared = [...old].flatMap(([name, before]): Change[] => {
    const after = current.get(name)
    const parameter = `${place} ${name}`
    if (!after) return [{ place: parameter, what: 'is no longer taken' }]
    const written = ['style', 'explode', 'allowReserved', 'content'].filter((member) => !isDeepStrictEqual(before[member], after[member]))
    return [
      ...written.map((member) => ({ place: parameter, what: `${member} changed` })),
      ...schemaChanges({ before: before.schema ?? true, after: after.schema ?? true }, parameter, documents.schemas.request),
    ]
  })
  return [...demanded.map(([name]) => ({ place: `${place} ${name}`, what: 'is required now' })), ...compared]
}

/** By place and name, such as `query limit`. */
function parametersOf(operation: JsonObject, document: JsonObject): Map<string, JsonObject> {
  const parameters = elementsOf(operation.parameters).map((parameter) => resolve(parameter, document).schema)
  return new Map(
    parameters.filter(isObject).map((parameter) => {
      const name = String(parameter.name)
      return [`${parameter.in} ${parameter.in === 'header' ? name.toLowerCase() : name}`, parameter]
    }),
  )
}

function bodyChanges({ before, after }: Parts, at: string, documents: Documents): Change[] {
  const place = `${at} body`
  const old = objectAt(before.requestBody, documents.before)
  const current = objectAt(after.requestBody, documents.after)
  if (!current) return old ? [{ place, what: 'is no longer taken' }] : []
  const demanded = current.required === true && old?.required !== true ? [{ place, what: 'is required now' }] : []
  return [
    ...demanded,
    ...(old ? contentChanges({ before: old, after: current }, { place, lost: 'no longer takes' }, documents.schemas.request) : []),
  ]
}

function responseChanges({ before, after }: Parts, at: string, documents: Documents): Change[] {
  const added = membersOf(after.responses).filter(([status]) => status.startsWith('2') && memberOf(before.responses, status) === undefined)
  const compared = membersOf(before.responses).flatMap(([status, response]): Change[] => {
    const place = `${at} response ${status}`
    const old = objectAt(response, documents.before) ?? {}
    const current = objectAt(memberOf(after.responses, status), documents.after)
    if (!current) return [{ place, what: 'was removed' }]
    const parts = { before: old, after: current }
    return [
      ...contentChanges(parts, { place, lost: 'is no longer given as' }, documents.schemas.response),
      ...headerChanges(parts, place, documents),
    ]
  })
  return [...added.map(([status]) => ({ place: `${at} response ${status}`, what: 'is new, and says that all went well' })), ...compared]
}

function contentChanges(
  { before, after }: Parts,
  { place, lost }: { place: string; lost: string },
  comparison: SchemaComparison,
): Change[] {
  return membersOf(before.content).flatMap(([type, media]): Change[] => {
    const current = memberOf(after.content, type)
    if (current === undefined) return [{ place, what: `${lost} ${type}` }]
    return schemaChanges({ before: memberOf(media, 'schema') ?? true, after: memberOf(current, 'schema') ?? true }, place, comparison)
  })
}

function headerChanges({ before, after }: Parts, at: string, documents: Documents): Change[] {
  return membersOf(before.headers).flatMap(([name, header]): Change[] => {
    const place = `${at} header ${name}`
    const old = objectAt(header, documents.before) ?? {}
    const current = objectAt(memberOf(after.headers, name), documents.after)
    if (!current) return [{ place, what: 'was removed' }]
    const mayMiss = old.required === true && current.required !== true
    return [
      ...(mayMiss ? [{ place, what: 'may now be missing' }] : []),
      ...schemaChanges({ before: old.schema ?? true, after: current.schema ?? true }, place, documents.schemas.response),
    ]
  })
}

function objectAt(part: Json | undefined, document: JsonObject): JsonObject | undefined {
  const resolved = part === undefined ? undefined : resolve(part, document).schema
  return isObject(resolved) ? resolved : undefined
}
