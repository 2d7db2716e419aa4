import {
  type ApiDocument,
  type DocumentedOperation,
  type HttpMethod,
  httpMethods,
  modelName,
  type Parameter,
  type PathItem,
  type Response,
  resolve,
  type Schema,
} from './document.ts'
import { methodName, resourceName, serviceName } from './naming.ts'

/** A method of the client, as an operation of the document makes it. Types are TypeScript, as the generated file writes them. */
export interface Method {
  resource: string
  name: string
  operationId: string
  verb: string
  path: string
  service: string
  summary: string
  description: string | undefined
  isDeprecated: boolean
  /** The ids of the path in its order; `parameter` is the document's name. */
  ids: { name: string; parameter: string; type: string }[]
  query: { isRequired: boolean } | undefined
  body: { type: string; isRequired: boolean } | undefined
  answer: string
  /** Whether the answer is a page of a list. */
  isList: boolean
  takesIdempotencyKey: boolean
  /** The record that If-Match guards, where it can be read. */
  record: { path: string; type: string } | undefined
  takesIfMatch: boolean
  isOpen: boolean
  /** Codes of the problems it documents. */
  codes: string[]
}

const headersWithOptions = ['idempotency-key', 'if-match']

/**
 * The methods of the client, one for each operation, by the public document and, to know who answers what, the services' own.
 * Throws for an operation that the client could not offer.
 */
export function methodsOf(document: ApiDocument, services: Record<string, ApiDocument>): Method[] {
  const methods = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    httpMethods.flatMap((verb) => (item[verb] ? [methodOf({ document, services, path, item, verb, operation: item[verb] })] : [])),
  )
  const taken = new Map<string, Method>()
  for (const method of methods) {
    const name = `${method.resource}.${method.name}`
    const other = taken.get(name)
    if (other) throw new Error(`${other.operationId} and ${method.operationId} would both be ${name}: rename one of the operationIds`)
    if (['then', 'constructor', 'prototype'].includes(method.name)) throw new Error(`${method.operationId} cannot be named ${name}`)
    taken.set(name, method)
  }
  return methods
}

/** The methods by resource, in the document's order. */
export function byResource(methods: Method[]): { name: string; methods: Method[] }[] {
  return Object.entries(Object.groupBy(methods, ({ resource }) => resource)).map(([name, own = []]) => ({ name, methods: own }))
}

interface Documented {
  document: ApiDocument
  services: Record<string, ApiDocument>
  path: string
  item: PathItem
  verb: HttpMethod
  operation: DocumentedOperation
}

function methodOf(documented: Documented): Method {
  const { document, path, verb, operation } = documented
  const place = `${verb.toUpperCase()} ${path}`
  const { operationId, tags: [tag] = [] } = operation
  if (operationId === undefined) throw new Error(`${place} has no operationId`)
  if (tag === undefined) throw new Error(`${operationId} has no tag`)
  const parameters = parametersOf(documented)
  const query = parameters.filter((parameter) => parameter.in === 'query')
  const takesIfMatch = parameters.some(({ name }) => name.toLowerCase() === 'if-match')
  const answer = answerOf(document, operationId, operation)
  return {
    resource: resourceName(tag),
    name: methodName(tag, operationId),
    operationId,
    verb: verb.toUpperCase(),
    path,
    service: serviceOf(documented),
    summary: operation.summary ?? operationId,
    description: operation.description,
    isDeprecated: operation.deprecated === true,
    ids: idsOf(path, parameters, operationId),
    query: query.length > 0 ? { isRequired: query.some(({ required }) => required) } : undefined,
    body: bodyOf(document, operationId, operation),
    answer: answer.type,
    isList: query.some(({ name }) => name === 'cursor') && isPage(document, answer.schema),
    takesIdempotencyKey: parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key'),
    record: takesIfMatch ? recordOf(document, path) : undefined,
    takesIfMatch,
    isOpen: operation.security?.length === 0,
    codes: problemCodesOf(document, operation),
  }
}

function parametersOf({ document, item, operation }: Documented): Parameter[] {
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
    resolve<Parameter>(document, parameter),
  )
  for (const { name, required, in: where } of parameters) {
    const isKnown = where === 'query' || where === 'path' || (where === 'header' && headersWithOptions.includes(name.toLowerCase()))
    if (required && !isKnown) throw new Error(`${operation.operationId} requires the ${where} ${name}, for which methods have no place`)
  }
  return parameters
}

function idsOf(path: string, parameters: Parameter[], operationId: string): Method['ids'] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => {
    const parameter = parameters.find((candidate) => candidate.in === 'path' && candidate.name === name)
    if (!parameter) throw new Error(`${operationId} does not document the path parameter ${name}`)
    return { name: resourceName(name), parameter: name, type: parameter.schema?.type === 'integer' ? 'number' : 'string' }
  })
}

function serviceOf({ services, path, verb }: Documented): string {
  const owners = Object.keys(services).filter((name) => services[name]?.paths?.[path]?.[verb])
  const [owner] = owners
  if (owner === undefined || owners.length > 1) {
    throw new Error(`${verb.toUpperCase()} ${path} must be answered by one service, not by ${owners.join(' and ') || 'none'}`)
  }
  return serviceName(owner)
}

function bodyOf(document: ApiDocument, operationId: string, { requestBody }: DocumentedOperation): Method['body'] {
  if (requestBody === undefined) return undefined
  const { content, required = false } = resolve<{ required?: boolean; content: NonNullable<Response['content']> }>(document, requestBody)
  return { type: modelName(jsonSchemaOf(content, operationId)) ?? `Body<'${operationId}'>`, isRequired: required }
}

function answerOf(document: ApiDocument, operationId: string, { responses = {} }: DocumentedOperation): { type: string; schema?: Schema } {
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([status, response]) => {
      const { content } = resolve<Response>(document, response)
      if (content === undefined) return { type: 'void' }
      const schema = jsonSchemaOf(content, operationId)
      return { type: modelName(schema) ?? `Answer<'${operationId}', ${status}>`, ...(schema && { schema }) }
    })
  const [first] = answers
  if (first === undefined) throw new Error(`${operationId} documents no success`)
  return answers.length === 1 ? first : { type: [...new Set(answers.map(({ type }) => type))].join(' | ') }
}

function jsonSchemaOf(content: NonNullable<Response['content']>, operationId: string): Schema | undefined {
  const types = Object.keys(content)
  if (types.length !== 1 || !content['application/json'])
    throw new Error(`${operationId} speaks ${types.join(', ')}: methods speak JSON only`)
  return content['application/json'].schema
}

function isPage(document: ApiDocument, schema: Schema | undefined): boolean {
  const { data, page } = schema ? (resolve<Schema>(document, schema).properties ?? {}) : {}
  return data?.type === 'array' && page !== undefined && resolve<Schema>(document, page).properties?.nextCursor !== undefined
}

/** The nearest path at or above this one that names a record and can be read. */
function recordOf(document: ApiDocument, path: string): Method['record'] {
  const read = document.paths?.[path]?.get
  if (read?.operationId !== undefined) return { path, type: answerOf(document, read.operationId, read).type }
  const parent = path.slice(0, path.lastIndexOf('/'))
  return parent.includes('{') ? recordOf(document, parent) : undefined
}

function problemCodesOf(document: ApiDocument, { responses = {} }: DocumentedOperation): string[] {
  return Object.entries(responses)
    .filter(([status]) => !status.startsWith('2'))
    .flatMap(([, response]) => Object.values(resolve<Response>(document, response).content ?? {}))
    .flatMap(({ examples = {} }) => Object.keys(examples))
}
