import { isObject, type Json, type JsonObject, membersOf, textOf } from '@crm/openapi/json.ts'
import { problemCodesOf, type Response } from '@crm/openapi/operations.ts'
import { type FoundOperation, operationFinder } from './find-operation.ts'
import { isOrdinary } from './ordinary-headers.ts'
import { publicApi } from './public-api.ts'
import { valueCheck } from './value-check.ts'

/** Which answer it is: of what request, with what status. */
export interface Answered {
  method: string
  /** Path, with or without a query. */
  url: string
  status: number
}

/** An answer as it came over the wire. */
export interface WireResponse extends Answered {
  /** By names in lower case. */
  headers: Record<string, unknown>
  body: string
}

export interface ResponseCheck {
  /** What in an answer the document does not say; nothing of what is no part of the API, such as probes. */
  faultsOf(response: WireResponse): string[]
  /** The same of the value that a handler answers with: the serializer leaves out the fields it does not know, and so would hide them. */
  faultsOfValue(answered: Answered, value: unknown): string[]
}

const json = 'application/json'
const problemJson = 'application/problem+json'

/** Compares answers with the document of the public API, or with another one. */
export function responseCheck(document: JsonObject = publicApi()): ResponseCheck {
  const find = operationFinder(document)
  const check = valueCheck(document, { isClosed: true })
  const valueFaults = ({ path, method }: FoundOperation, status: number, type: string, value: unknown) =>
    check(['paths', path, method, 'responses', String(status), 'content', type, 'schema'], value)

  const bodyFaults = (operation: FoundOperation, { method, status, headers, body }: WireResponse): string[] => {
    const types = contentTypes(operation, status)
    if (types.length === 0) return body === '' ? [] : ['with a body, though its document names none']
    const type = String(headers['content-type'] ?? '').split(';', 1)[0] ?? ''
    if (!types.includes(type)) return [`as '${type}', not as ${types.join(' or ')}`]
    if (method === 'HEAD' || !type.endsWith('json')) return []
    const parsed = parse(body)
    if (!parsed) return ['with a body that is not JSON']
    return [
      ...valueFaults(operation, status, type, parsed.value).map((fault) => `with a body in which ${fault}`),
      ...(type === problemJson ? problemFaults(operation.responses.get(String(status)), status, parsed.value) : []),
    ]
  }

  const headerFaults = ({ path, method, responses }: FoundOperation, { status, headers }: WireResponse): string[] => {
    const documented = responses.get(String(status))?.headers ?? []
    const known = new Set(documented.map(({ name }) => name.toLowerCase()))
    const unknown = Object.keys(headers).filter((name) => headers[name] !== undefined && !known.has(name) && !isOrdinary(name, status))
    const faults = documented.flatMap(({ name, isRequired, definition }) => {
      const value = headers[name.toLowerCase()]
      if (value === undefined) return isRequired ? [`without the header ${name.toLowerCase()}`] : []
      const place = ['paths', path, method, 'responses', String(status), 'headers', name, 'schema']
      const faults = definition.schema === undefined ? [] : check(place, asTyped(String(value), definition.schema))
      return faults.map((fault) => `with the header ${name.toLowerCase()}: ${value}, of which ${fault}`)
    })
    return [...faults, ...unknown.map((name) => `with the header ${name}, which its document does not name`)]
  }

  return {
    faultsOf(wire) {
      const { method, url, status } = wire
      const operation = find(method === 'HEAD' ? 'GET' : method, url)
      if (!operation) return isApi(url) && status !== 404 ? [`${method} ${url} answered ${status}, but is no operation`] : []
      const answer = `${operation.title} answered ${status}`
      const response = operation.responses.get(String(status))
      if (!response) return [`${answer}, which its document does not name (${[...operation.responses.keys()].join(', ')})`]
      return [...headerFaults(operation, wire), ...bodyFaults(operation, wire)].map((fault) => `${answer} ${fault}`)
    },
    faultsOfValue({ method, url, status }, value) {
      const operation = find(method, url)
      if (!operation || !contentTypes(operation, status).includes(json)) return []
      // As JSON has it: times as text, without what is undefined.
      const faults = valueFaults(operation, status, json, JSON.parse(JSON.stringify(value)))
      return faults.map((fault) => `${operation.title} has a handler that answers ${status} with a value in which ${fault}`)
    },
  }
}

/** A problem is of the status that it comes with, and has a code that the operation names for it. */
function problemFaults(response: Response | undefined, status: number, problem: unknown): string[] {
  if (!isObject(problem)) return []
  const codes = (response && problemCodesOf(response)) ?? []
  const code = String(problem.code)
  return [
    ...(problem.status === undefined || problem.status === status ? [] : [`with a problem of status ${problem.status}`]),
    ...(codes.length === 0 || codes.includes(code)
      ? []
      : [`with the code ${code}, which its document does not name (${codes.join(', ')})`]),
  ]
}

/** Headers are text: of a number, the number is what the schema means. */
function asTyped(value: string, schema: Json): unknown {
  const isNumeric = ['integer', 'number'].includes(textOf(schema, 'type') ?? '')
  return isNumeric && value !== '' ? Number(value) : value
}

function contentTypes({ responses }: FoundOperation, status: number): string[] {
  return membersOf(responses.get(String(status))?.definition.content).map(([type]) => type)
}

function parse(body: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) }
  } catch {
    return undefined
  }
}

function isApi(url: string): boolean {
  return /^\/v\d+\//.test(url)
}
