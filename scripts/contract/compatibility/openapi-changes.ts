import { isDeepStrictEqual } from 'node:util'
import { elementsOf, type JsonObject, textOf } from '@crm/openapi/json.ts'
import { bodyOf, nameIn, type Operation, operationsOf, type Parameter, parametersOf } from '@crm/openapi/operations.ts'
import { type Change, show } from './change.ts'
import { closureOf } from './closure.ts'
import type { Documents, Operations } from './compared.ts'
import { contentChanges, responseChanges } from './response-changes.ts'
import { schemaChanges } from './schema-changes.ts'
import { securityChanges, securitySchemeChanges } from './security-changes.ts'

/** What breaks a client that was made for the OpenAPI document before. */
export function openApiChanges(before: JsonObject, after: JsonObject): Change[] {
  const seen = new Set<string>()
  const schemas = {
    request: { before, after, direction: 'request', side: 'request', seen },
    response: { before, after, direction: 'response', side: 'response', seen },
  } as const
  const documents: Documents = { before, after, schemas }
  const current = new Map(operationsOf(after).map((operation) => [placeOf(operation), operation]))
  const changes = operationsOf(before).flatMap((operation) => {
    const counterpart = current.get(placeOf(operation))
    if (!counterpart) return [{ place: operation.name, what: `was removed (${show(operation.definition.operationId)})` }]
    return operationChanges({ before: operation, after: counterpart }, documents)
  })
  return [...securitySchemeChanges(documents), ...changes]
}

// The name of a path's parameter is nothing that callers see: methods take it by its place.
function placeOf({ method, path }: Operation): string {
  return `${method} ${path.replaceAll(/\{[^{}]*\}/g, '{}')}`
}

function operationChanges(operations: Operations, documents: Documents): Change[] {
  const [before, after] = [operations.before.definition, operations.after.definition]
  const place = operations.before.name
  // Clients are made from them: the method's name and the resource it belongs to.
  const named = { operationId: (one: JsonObject) => one.operationId, tag: (one: JsonObject) => elementsOf(one.tags)[0] }
  const renamed = Object.entries(named).filter(([, read]) => read(before) !== read(after))
  return [
    ...renamed.map(([name, read]) => ({ place, what: `${name} is now ${show(read(after))} (was ${show(read(before))})` })),
    ...repetitionChanges(operations),
    ...baseChanges(operations, documents),
    ...securityChanges(operations, documents),
    ...parameterChanges(operations, documents),
    ...bodyChanges(operations, documents),
    ...responseChanges(operations, documents),
  ]
}

/** What was promised to those who send a request again when its answer is lost. An Idempotency-Key is a parameter, and judged as one. */
function repetitionChanges({ before, after }: Operations): Change[] {
  const promises = { safe: isSafe, idempotent: isIdempotent }
  return Object.entries(promises)
    .filter(([, isPromised]) => isPromised(before) && !isPromised(after))
    .map(([promise]) => ({ place: before.name, what: `is no longer ${promise}: those who repeat it repeat its effect` }))
}

function isSafe({ definition }: Operation): boolean {
  return definition['x-safe'] === true
}

// By RFC 9110 what these methods do twice is done once, unless the document says otherwise of an operation.
const idempotentMethods = ['get', 'head', 'options', 'put', 'delete']

function isIdempotent({ method, definition }: Operation): boolean {
  const mark = definition['x-idempotent']
  return typeof mark === 'boolean' ? mark : idempotentMethods.includes(method)
}

/** The path that stands before all paths. Where a server is may change: clients are given its address. */
function baseChanges({ before, after }: Operations, documents: Documents): Change[] {
  const [old, current] = [basesOf(before, documents.before), basesOf(after, documents.after)]
  const isServed = old.every((base) => current.includes(base))
  return isServed ? [] : [{ place: before.name, what: `is served below ${current.join(', ')} now (was ${old.join(', ')})` }]
}

function basesOf({ definition }: Operation, document: JsonObject): string[] {
  const servers = elementsOf(definition.servers ?? document.servers)
  const urls = servers.length === 0 ? ['/'] : servers.map((server) => textOf(server, 'url') ?? '/')
  return [...new Set(urls.map((url) => new URL(url, 'http://localhost').pathname.replace(/\/$/, '') || '/'))]
}

function parameterChanges(operations: Operations, documents: Documents): Change[] {
  const old = byName(operations.before, documents.before)
  const current = byName(operations.after, documents.after)
  const place = (one: Parameter) => `${operations.before.name} ${one.in} ${nameIn(one)}`
  const demanded = [...current].filter(([name, { isRequired }]) => isRequired && old.get(name)?.isRequired !== true)
  const compared = [...old].flatMap(([name, before]): Change[] => {
    const after = current.get(name)
    if (!after) return [{ place: place(before), what: 'is no longer taken' }]
    const schemas = { before: before.definition.schema ?? true, after: after.definition.schema ?? true }
    return [
      ...formChanges(before, after, documents).map((member) => ({ place: place(before), what: `${member} changed` })),
      ...schemaChanges(schemas, place(before), documents.schemas.request),
    ]
  })
  return [...demanded.map(([, one]) => ({ place: place(one), what: 'is required now' })), ...compared]
}

/** How a parameter is written in a request, as far as that changed. */
function formChanges(before: Parameter, after: Parameter, documents: Documents): string[] {
  const [old, current] = [
    { ...formOf(before), content: closureOf(before.definition.content, documents.before) },
    { ...formOf(after), content: closureOf(after.definition.content, documents.after) },
  ]
  return (['style', 'explode', 'allowReserved', 'content'] as const).filter((member) => !isDeepStrictEqual(old[member], current[member]))
}

function formOf({ in: where, definition }: Parameter) {
  const style = definition.style ?? (where === 'query' || where === 'cookie' ? 'form' : 'simple')
  return { style, explode: definition.explode ?? style === 'form', allowReserved: definition.allowReserved === true }
}

/** By place and name, such as `query limit`; those of the path by their position. */
function byName(operation: Operation, document: JsonObject): Map<string, Parameter> {
  const steps = operation.path.split('/')
  const nameOf = (one: Parameter) => (one.in === 'path' ? steps.findIndex((step) => step.includes(`{${one.name}}`)) : nameIn(one))
  return new Map(parametersOf(operation, document).map((parameter) => [`${parameter.in} ${nameOf(parameter)}`, parameter]))
}

function bodyChanges(operations: Operations, documents: Documents): Change[] {
  const place = `${operations.before.name} body`
  const old = bodyOf(operations.before, documents.before)
  const current = bodyOf(operations.after, documents.after)
  if (!current) return old ? [{ place, what: 'is no longer taken' }] : []
  const demanded = current.isRequired && old?.isRequired !== true ? [{ place, what: 'is required now' }] : []
  if (!old) return demanded
  const bodies = { before: old.definition, after: current.definition }
  return [...demanded, ...contentChanges(bodies, { place, lost: 'no longer takes' }, documents.schemas.request)]
}
