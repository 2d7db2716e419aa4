import { elementsOf, type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'
import {
  bodyOf,
  nameIn,
  type Operation,
  parametersOf,
  problemCodesOf,
  type Response,
  responsesOf,
  securityOf,
} from '@crm/openapi/operations.ts'
import { resolveObject } from '@crm/openapi/references.ts'

/** Operations that write by their method and take no Idempotency-Key, and why. */
const withoutKey: Record<string, string> = {
  'POST /v1/auth/login': 'A session begun twice does no harm, and no answer with tokens is kept.',
  'POST /v1/auth/refresh': 'No answer with tokens is kept; the token before the last works for a while.',
  'POST /v1/auth/logout': 'A session that is over stays over.',
  'POST /v1/companies/resolve': 'It changes nothing.',
}

const answeredAlways = [
  'validation_failed',
  'malformed_request',
  'request_timeout',
  'headers_too_large',
  'misdirected_request',
  'internal_error',
  'unavailable',
  'rate_limited',
  'dependency_unavailable',
  'dependency_timeout',
]
const writing = ['post', 'patch', 'delete']

/** What is missing from the errors that an operation documents, a line each. */
export function problemGaps(operation: Operation, document: JsonObject): string[] {
  const responses = responsesOf(operation, document)
  const named = responses.flatMap((response) => problemCodesOf(response) ?? [])
  const missing = possibleCodes(operation, document).filter((code) => !named.includes(code))
  return [
    ...keyGaps(operation, document),
    ...missing.map((code) => `${operation.name}: no code ${code}`),
    ...responses
      .filter(({ isSuccess }) => !isSuccess)
      .flatMap((response) => responseGaps(response, document).map((gap) => `${operation.name} response ${response.status}: ${gap}`)),
  ]
}

/** What is listed as an operation without Idempotency-Key, and is none. */
export function staleExceptions(operations: Operation[]): string[] {
  const names = operations.map(({ name }) => name)
  return Object.keys(withoutKey).flatMap((name) => (names.includes(name) ? [] : [`${name}: is listed here, but is no operation`]))
}

function keyGaps(operation: Operation, document: JsonObject): string[] {
  const { method, name, definition } = operation
  const isListed = withoutKey[name] !== undefined
  const isTaken = parameterNames(operation, document).includes('header idempotency-key')
  if (isListed && isTaken) return [`${name}: takes Idempotency-Key, but is listed as one that does not`]
  if (definition['x-safe'] === true && !isListed) return [`${name}: is x-safe, but not listed as one that changes nothing`]
  return writing.includes(method) && !isListed && !isTaken ? [`${name}: no Idempotency-Key`] : []
}

/** The codes that an operation can answer with, by what it takes. */
function possibleCodes(operation: Operation, document: JsonObject): string[] {
  const names = parameterNames(operation, document)
  const body = bodyOf(operation, document)
  // What writes reads a body also where nobody asked for one.
  const readsBody = body !== undefined || (writing.includes(operation.method) && withoutKey[operation.name] === undefined)
  return [
    ...answeredAlways,
    ...(securityOf(operation, document)?.length === 0 ? [] : ['unauthenticated']),
    ...(names.includes('header idempotency-key') ? ['forbidden', 'idempotency_in_progress', 'idempotency_key_reused'] : []),
    ...(names.some((name) => name.startsWith('path ')) ? ['not_found'] : []),
    ...(names.includes('query cursor') ? ['invalid_cursor'] : []),
    ...(names.includes('header if-match') ? ['precondition_failed'] : []),
    ...(readsBody ? ['malformed_body', 'body_too_large', 'unsupported_media_type'] : []),
    ...(namesCompany(body?.definition, document) ? ['company_not_found', 'company_inactive'] : []),
  ]
}

function namesCompany(body: JsonObject | undefined, document: JsonObject): boolean {
  const schema = resolveObject(memberOf(memberOf(body?.content, 'application/json'), 'schema'), document)
  return ['companyId', 'parentId'].some((field) => memberOf(schema?.properties, field) !== undefined)
}

/** Each code of a response is one of the list, and has an example that is such a problem. */
function responseGaps(response: Response, document: JsonObject): string[] {
  const codes = problemCodesOf(response)
  if (codes === undefined || codes.length === 0) return ['no x-problem-codes']
  const media = memberOf(response.definition.content, 'application/problem+json')
  const schema = resolveObject(memberOf(media, 'schema'), document)
  const list = elementsOf(memberOf(memberOf(schema?.properties, 'code'), 'enum'))
  const shown = membersOf(memberOf(media, 'examples')).map(([, example]) => memberOf(example, 'value'))
  const wrong = shown.filter((value) => String(memberOf(value, 'status')) !== response.status)
  const codesShown = shown.map((value) => String(memberOf(value, 'code')))
  return [
    ...codes.filter((code) => !list.includes(code)).map((code) => `${code} is no code of the list`),
    ...codes.filter((code) => !codesShown.includes(code)).map((code) => `no example of ${code}`),
    ...codesShown.filter((code) => !codes.includes(code)).map((code) => `an example of ${code}, which it does not have`),
    ...wrong.map((value) => `its example is of status ${memberOf(value, 'status')}`),
  ]
}

/** Such as `query cursor`. */
function parameterNames(operation: Operation, document: JsonObject): string[] {
  return parametersOf(operation, document).map((parameter) => `${parameter.in} ${nameIn(parameter)}`)
}
