import { type JsonObject, memberOf, membersOf, textOf } from '@crm/openapi/json.ts'
import { bodyOf, nameIn, type Operation, operationsOf, type Parameter, parametersOf, responsesOf } from '@crm/openapi/operations.ts'
import { resolveObject, schemaName } from '@crm/openapi/references.ts'
import { resourceName } from './naming.ts'
import { joined, named, plain, type TypeText } from './type-text.ts'

const json = 'application/json'
const headersWithOptions = ['idempotency-key', 'if-match']
/** The names of a method's other parameters. */
const takenNames = ['body', 'query', 'options']

/** An operation of a document, with the id that the client needs it to have. */
export interface Identified extends Operation {
  operationId: string
}

export interface Id {
  name: string
  /** The document's name. */
  parameter: string
  type: 'string' | 'number'
}

export interface Answer {
  type: TypeText
  /** Whether the document names a body for any way to succeed. */
  has: 'none' | 'json'
  isPage: boolean
}

/** The parameters of an operation. Throws when it requires one that a method has no place for. */
export function readParameters(operation: Identified, document: JsonObject): Parameter[] {
  const parameters = parametersOf(operation, document)
  for (const parameter of parameters) {
    const isOption = parameter.in === 'header' && headersWithOptions.includes(nameIn(parameter))
    if (parameter.isRequired && !isOption && parameter.in !== 'query' && parameter.in !== 'path')
      throw new Error(`${operation.operationId} requires the ${parameter.in} ${parameter.name}, for which methods have no place`)
  }
  return parameters
}

/** The ids of the path, in its order. Throws when one is not documented, or could not be the name of a parameter. */
export function readIds({ path, operationId }: Identified, parameters: Parameter[], document: JsonObject): Id[] {
  const ids = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, parameter = '']): Id => {
    const documented = parameters.find((candidate) => candidate.in === 'path' && candidate.name === parameter)
    if (!documented) throw new Error(`${operationId} does not document the path parameter ${parameter}`)
    const isInteger = memberOf(resolveObject(documented.definition.schema, document), 'type') === 'integer'
    return { name: resourceName(parameter), parameter, type: isInteger ? 'number' : 'string' }
  })
  for (const [index, { name, parameter }] of ids.entries()) {
    const isFirst = ids.findIndex((other) => other.name === name) === index
    if (!isFirst || takenNames.includes(name) || !/^[a-z]/.test(name))
      throw new Error(`${operationId} has the path parameter ${parameter}, which could not be told apart by the name ${name || 'it has'}`)
  }
  return ids
}

/**
 * Why an operation has no method: what it takes or answers with is no JSON, such as a stream of events. Undefined where it has one.
 */
export function whyLeftOut(operation: Operation, document: JsonObject): string | undefined {
  const body = bodyOf(operation, document)
  const answers = responsesOf(operation, document).filter(({ isSuccess }) => isSuccess)
  const spoken = [...(body ? [{ does: 'takes', definition: body.definition }] : []), ...answers.map((one) => ({ ...one, does: 'answers' }))]
  const strange = spoken.find(({ definition }) => contentTypes(definition).length > 0 && !contentTypes(definition).includes(json))
  return strange && `${strange.does} ${contentTypes(strange.definition).join(', ')}`
}

/** The body; undefined for none. */
export function readBody(operation: Identified, document: JsonObject): { type: TypeText; isRequired: boolean } | undefined {
  const body = bodyOf(operation, document)
  if (body === undefined) return undefined
  const name = schemaName(memberOf(memberOf(body.definition.content, json), 'schema'))
  return { type: name === undefined ? named('Body', plain(`'${operation.operationId}'`)) : named(name), isRequired: body.isRequired }
}

/** What it answers when all goes well. Throws when it documents no success. */
export function readAnswer(operation: Identified, document: JsonObject): Answer {
  const answers = responsesOf(operation, document)
    .filter(({ isSuccess }) => isSuccess)
    .map(({ status, definition }): Answer => {
      if (contentTypes(definition).length === 0) return { type: plain('void'), has: 'none', isPage: false }
      const schema = memberOf(memberOf(definition.content, json), 'schema')
      const name = schemaName(schema)
      const inPlace = named('Answer', plain(`'${operation.operationId}'`), plain(status))
      return { type: name === undefined ? inPlace : named(name), has: 'json', isPage: isPage(resolveObject(schema, document), document) }
    })
  const [first] = answers
  if (first === undefined) throw new Error(`${operation.operationId} documents no success`)
  if (answers.length === 1) return first
  const types = answers.map(({ type }) => type)
  return { type: joined(types, ' | '), has: answers.some(({ has }) => has === 'json') ? 'json' : 'none', isPage: false }
}

function contentTypes({ content }: JsonObject): string[] {
  return membersOf(content).map(([type]) => type)
}

/** The nearest path at or above this one that names a record and can be read. */
export function readRecord(path: string, document: JsonObject): { path: string; type: TypeText } | undefined {
  const read = operationsOf(document).find((candidate) => candidate.path === path && candidate.method === 'get')
  const operationId = read && textOf(read.definition, 'operationId')
  if (read && operationId !== undefined) return { path, type: readAnswer({ ...read, operationId }, document).type }
  const parent = path.slice(0, path.lastIndexOf('/'))
  return parent.includes('{') ? readRecord(parent, document) : undefined
}

function isPage(schema: JsonObject | undefined, document: JsonObject): boolean {
  const [data, page] = ['data', 'page'].map((name) => resolveObject(memberOf(schema?.properties, name), document))
  return data?.type === 'array' && memberOf(page?.properties, 'nextCursor') !== undefined
}
