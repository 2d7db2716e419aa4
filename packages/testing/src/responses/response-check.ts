import { type ApiDocument, type FoundOperation, operationFinder, publicApi, requiredHeaders } from './api-document.ts'
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

/** Compares answers with the document of the public API, or with another one. */
export function responseCheck(document: ApiDocument = publicApi()): ResponseCheck {
  const find = operationFinder(document)
  const check = valueCheck(document, { isClosed: true })
  const valueFaults = ({ path, method }: FoundOperation, status: number, type: string, value: unknown) =>
    check(['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'], value)

  const bodyFaults = (operation: FoundOperation, { method, status, headers, body }: WireResponse): string[] => {
    const types = Object.keys(operation.responses[status]?.content ?? {})
    if (types.length === 0) return body === '' ? [] : ['with a body, though its document names none']
    const type = String(headers['content-type'] ?? '').split(';', 1)[0] ?? ''
    if (!types.includes(type)) return [`as '${type}', not as ${types.join(' or ')}`]
    if (method === 'HEAD' || !type.endsWith('json')) return []
    const parsed = parse(body)
    if (!parsed) return ['with a body that is not JSON']
    return valueFaults(operation, status, type, parsed.value).map((fault) => `with a body in which ${fault}`)
  }

  return {
    faultsOf(wire) {
      const { method, url, status, headers } = wire
      const operation = find(method === 'HEAD' ? 'GET' : method, url)
      if (!operation) return isApi(url) && status !== 404 ? [`${method} ${url} answered ${status}, but is no operation`] : []
      const answer = `${nameOf(operation)} answered ${status}`
      const response = operation.responses[status]
      if (!response) return [`${answer}, which its document does not name (${Object.keys(operation.responses).join(', ')})`]
      const missing = requiredHeaders(response, document).filter((header) => headers[header] === undefined)
      const faults = [...missing.map((header) => `without the header ${header}`), ...bodyFaults(operation, wire)]
      return faults.map((fault) => `${answer} ${fault}`)
    },
    faultsOfValue({ method, url, status }, value) {
      const operation = find(method, url)
      if (operation?.responses[status]?.content?.[json] === undefined) return []
      // As JSON has it: times as text, without what is undefined.
      const faults = valueFaults(operation, status, json, JSON.parse(JSON.stringify(value)))
      return faults.map((fault) => `${nameOf(operation)} has a handler that answers ${status} with a value in which ${fault}`)
    },
  }
}

function parse(body: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) }
  } catch {
    return undefined
  }
}

function nameOf({ operationId, method, path }: FoundOperation): string {
  return `${operationId} (${method} ${path})`
}

function isApi(url: string): boolean {
  return /^\/v\d+\//.test(url)
}
