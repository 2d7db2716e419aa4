import { elementsOf, type JsonObject, memberOf, textOf } from '@crm/openapi/json.ts'
import { nameIn, type Operation, operationsOf, problemCodesOf, responsesOf, securityOf } from '@crm/openapi/operations.ts'
import { methodName, resourceName, serviceName } from './naming.ts'
import { type Id, type Identified, readAnswer, readBody, readIds, readParameters, readRecord, whyLeftOut } from './read-operation.ts'
import type { TypeText } from './type-text.ts'

/** A method of the client, as an operation of the public document makes it. */
export interface DocumentedMethod {
  resource: string
  name: string
  operationId: string
  verb: string
  path: string
  summary: string
  description: string | undefined
  isDeprecated: boolean
  ids: Id[]
  query: { isRequired: boolean } | undefined
  body: { type: TypeText; isRequired: boolean } | undefined
  /** Whether its success has a body: `json` where one of its successes has. */
  answer: 'none' | 'json'
  answerType: TypeText
  /** Whether the answer is a page of a list. */
  isList: boolean
  takesIdempotencyKey: boolean
  /** It changes nothing, though its verb does not say so: the document marks it `x-safe`. */
  isSafe: boolean
  /** Whether the document says, by `x-idempotent`, that two requests do what one does, or that they do not; undefined where its verb does. */
  isIdempotent: boolean | undefined
  /** The record that If-Match guards, where it can be read. */
  record: { path: string; type: TypeText } | undefined
  takesIfMatch: boolean
  isOpen: boolean
  /** Codes of the problems it documents. */
  codes: string[]
}

export interface Method extends DocumentedMethod {
  /** Who answers it. */
  service: string
}

const verbs = ['get', 'post', 'put', 'patch', 'delete']

/**
 * The methods of the client, one for each operation that speaks JSON, by the public document and, to know who answers what, the services' own.
 * Throws for an operation that the client could not offer.
 */
export function methodsOf(document: JsonObject, services: Record<string, JsonObject>): Method[] {
  const owners = Object.entries(services).flatMap(([service, own]) => operationsOf(own).map(({ name }) => ({ service, name })))
  return documentedMethodsOf(document).map((method) => {
    const name = `${method.verb} ${method.path}`
    const [owner, ...others] = owners.filter((candidate) => candidate.name === name).map(({ service }) => service)
    if (owner === undefined || others.length > 0)
      throw new Error(`${name} must be answered by one service, not by ${[owner, ...others].join(' and ') || 'none'}`)
    return { ...method, service: serviceName(owner) }
  })
}

/** The same by the public document alone. */
export function documentedMethodsOf(document: JsonObject): DocumentedMethod[] {
  const offered = operationsOf(document).filter((operation) => whyLeftOut(operation, document) === undefined)
  const methods = offered.map((operation) => methodOf(operation, document))
  const taken = new Map<string, DocumentedMethod>()
  for (const method of methods) {
    const name = `${method.resource}.${method.name}`
    const other = taken.get(name)
    if (other) throw new Error(`${other.operationId} and ${method.operationId} would both be ${name}: rename one of the operationIds`)
    if (['then', 'constructor', 'prototype'].includes(method.name) || !/^[a-z]/.test(method.name) || !/^[a-z]/.test(method.resource))
      throw new Error(`${method.operationId} cannot be named ${name}`)
    taken.set(name, method)
  }
  return methods
}

/** The operations that have no method, and why. */
export function leftOutOf(document: JsonObject): { name: string; why: string }[] {
  return operationsOf(document).flatMap((operation) => {
    const why = whyLeftOut(operation, document)
    return why === undefined ? [] : [{ name: operation.name, why }]
  })
}

/** The methods by resource, in the document's order. */
export function byResource<T extends DocumentedMethod>(methods: T[]): { name: string; methods: T[] }[] {
  return Object.entries(Object.groupBy(methods, ({ resource }) => resource)).map(([name, own = []]) => ({ name, methods: own }))
}

function methodOf(operation: Operation, document: JsonObject): DocumentedMethod {
  const { path, method: verb, definition } = operation
  const { operationId, tag } = identityOf(operation)
  const identified: Identified = { ...operation, operationId }
  const parameters = readParameters(identified, document)
  const query = parameters.filter((parameter) => parameter.in === 'query')
  const takes = (header: string) => parameters.some((parameter) => parameter.in === 'header' && nameIn(parameter) === header)
  const answer = readAnswer(identified, document)
  return {
    resource: resourceName(tag),
    name: methodName(tag, operationId),
    operationId,
    verb: verb.toUpperCase(),
    path,
    summary: textOf(definition, 'summary') ?? operationId,
    description: textOf(definition, 'description'),
    isDeprecated: memberOf(definition, 'deprecated') === true,
    ids: readIds(identified, parameters, document),
    query: query.length > 0 ? { isRequired: query.some(({ isRequired }) => isRequired) } : undefined,
    body: readBody(identified, document),
    answer: answer.has,
    answerType: answer.type,
    isList: answer.isPage && query.some(({ name }) => name === 'cursor'),
    takesIdempotencyKey: takes('idempotency-key'),
    isSafe: memberOf(definition, 'x-safe') === true,
    isIdempotent: idempotenceOf(definition),
    record: takes('if-match') ? readRecord(path, document) : undefined,
    takesIfMatch: takes('if-match'),
    isOpen: securityOf(operation, document)?.every((way) => Object.keys(way).length === 0) === true,
    codes: responsesOf(operation, document).flatMap((response) => problemCodesOf(response) ?? []),
  }
}

function idempotenceOf(definition: JsonObject): boolean | undefined {
  const mark = memberOf(definition, 'x-idempotent')
  return typeof mark === 'boolean' ? mark : undefined
}

function identityOf({ name, method, definition }: Operation): { operationId: string; tag: string } {
  if (!verbs.includes(method)) throw new Error(`${name} has no method: clients send ${verbs.join(', ').toUpperCase()} only`)
  const operationId = textOf(definition, 'operationId')
  if (operationId === undefined) throw new Error(`${name} has no operationId`)
  const [tag] = elementsOf(definition.tags)
  if (typeof tag !== 'string') throw new Error(`${operationId} has no tag`)
  return { operationId, tag }
}
