import { elementsOf, isObject, type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'
import { type ProblemCode, problemCodes } from '@crm/service-kit/errors/codes.ts'

const problemType = 'application/problem+json'

/** What the gateway answers in place of a service, to any request. */
const gatewayProblems: ProblemCode[] = [
  'malformed_request',
  'request_timeout',
  'headers_too_large',
  'rate_limited',
  'dependency_unavailable',
  'dependency_timeout',
]
// Answered straight on the connection, by no route: whatever was asked for, their instance is `/`.
const withoutPath: ProblemCode[] = ['request_timeout', 'headers_too_large']
const withRetryAfter: ProblemCode[] = ['rate_limited', 'dependency_unavailable']

const header = (description: string, example: number): JsonObject => ({ description, schema: { type: 'integer', examples: [example] } })
const rateLimitHeaders: JsonObject = {
  RateLimitLimit: header('Requests allowed in a minute, by the limit that counts this request.', 6000),
  RateLimitRemaining: header('How many of them are left.', 5999),
  RateLimitReset: header('Seconds until the count begins anew.', 60),
}
const rateLimitReferences: JsonObject = {
  'ratelimit-limit': { $ref: '#/components/headers/RateLimitLimit' },
  'ratelimit-remaining': { $ref: '#/components/headers/RateLimitRemaining' },
  'ratelimit-reset': { $ref: '#/components/headers/RateLimitReset' },
}
const retryAfter = header('Seconds to wait before the request is sent again.', 1)

/** The document with what the gateway adds to every operation: its own problems, and headers that say what the rate limits leave. */
export function withGatewayAnswers(document: JsonObject): JsonObject {
  const paths = membersOf(document.paths).map(([path, item]) => [
    path,
    Object.fromEntries(
      membersOf(item).map(([name, part]) => [name, isObject(part) && isObject(part.responses) ? operationOf(part) : part]),
    ),
  ])
  const components = isObject(document.components) ? document.components : {}
  const headers = { ...(isObject(components.headers) && components.headers), ...rateLimitHeaders }
  return { ...document, paths: Object.fromEntries(paths), components: { ...components, headers } }
}

function operationOf(operation: JsonObject): JsonObject {
  const responses: JsonObject = {}
  for (const [status, response] of membersOf(operation.responses)) {
    responses[status] = status.startsWith('2') ? withHeaders(response, rateLimitReferences) : response
  }
  for (const code of gatewayProblems) {
    const { status } = problemCodes[code]
    const headers = { ...(status === 429 && rateLimitReferences), ...(withRetryAfter.includes(code) && { 'retry-after': retryAfter }) }
    const example = { ...exampleOf(operation), ...(withoutPath.includes(code) && { instance: '/' }) }
    responses[status] = withHeaders(withProblem(responses[status], code, example), headers)
  }
  return { ...operation, responses }
}

function withHeaders(response: JsonObject[string] | undefined, headers: JsonObject): JsonObject {
  const own = memberOf(response, 'headers')
  return { ...(isObject(response) && response), headers: { ...headers, ...(isObject(own) && own) } }
}

/** The response with one more code among its problems. */
function withProblem(response: JsonObject[string] | undefined, code: ProblemCode, example: JsonObject): JsonObject {
  const { title, status } = problemCodes[code]
  const sentence = `\`${code}\`: ${title}.`
  const described = memberOf(response, 'description')
  const shown = memberOf(memberOf(memberOf(response, 'content'), problemType), 'examples')
  const codes = elementsOf(memberOf(response, 'x-problem-codes'))
  const value = { ...example, type: `urn:crm:problem:${code}`, title, status, detail: `${title}.`, code }
  const isThere = memberOf(shown, code) !== undefined
  return {
    ...(isObject(response) && response),
    'x-problem-codes': isThere ? codes : [...codes, code],
    description: isThere ? (described ?? sentence) : [described, sentence].filter((text) => typeof text === 'string').join(' '),
    headers: {
      'x-request-id': { $ref: '#/components/headers/RequestId' },
      ...Object.fromEntries(membersOf(memberOf(response, 'headers'))),
    },
    content: {
      [problemType]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: { ...(isObject(shown) && shown), ...(!isThere && { [code]: { value } }) },
      },
    },
  }
}

/** A problem as the operation answers it: every one documents `internal_error`, with its path as the instance. */
function exampleOf(operation: JsonObject): JsonObject {
  const response = memberOf(operation.responses, '500')
  const examples = memberOf(memberOf(memberOf(response, 'content'), problemType), 'examples')
  const value = memberOf(memberOf(examples, 'internal_error'), 'value')
  if (!isObject(value)) throw new Error(`${operation.operationId} documents no internal_error`)
  return value
}
