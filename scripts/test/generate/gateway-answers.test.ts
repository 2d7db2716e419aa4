import t from 'tap'
import { withGatewayAnswers } from '../../generate/gateway-answers.ts'

const problem = (code: string, status: number) => ({
  'x-problem-codes': [code],
  description: `\`${code}\`: Said by the service.`,
  headers: { 'retry-after': { description: "The service's own." } },
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: { [code]: { value: { code, status, instance: '/v1/things/1' } } },
    },
  },
})
const operation = (responses: object) => ({ operationId: 'getThing', responses: { 200: { description: 'A thing.' }, ...responses } })
// biome-ignore lint/suspicious/noExplicitAny: what the document holds is what the tests find out.
const answersOf = (responses: object): any =>
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  (withGatewayAnswers({ paths: { '/v1/things/{thingId}': { get: operation(responses) } } }) as any).paths['/v1/things/{thingId}'].get
    .responses

t.test('every operation may be answered 429, 503 and 504 by the gateway, as problems of its own path', async (t) => {
  const answers = answersOf({ 500: problem('internal_error', 500) })
  for (const [status, code, headers] of [
    [429, 'rate_limited', ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after', 'x-request-id']],
    [503, 'dependency_unavailable', ['retry-after', 'x-request-id']],
    [504, 'dependency_timeout', ['x-request-id']],
  ] as const) {
    const { examples } = answers[status].content['application/problem+json']
    t.match(examples[code].value, { code, status, instance: '/v1/things/1', type: `urn:crm:problem:${code}` })
    t.strictSame(answers[status]['x-problem-codes'], [code])
    t.strictSame(Object.keys(answers[status].headers).toSorted(), headers)
  }
  t.match(answers[200], {
    description: 'A thing.',
    headers: { 'ratelimit-remaining': { $ref: '#/components/headers/RateLimitRemaining' } },
  })
})

t.test('every operation may be answered 400, 408 and 431 for what arrives as no request of it', async (t) => {
  const answers = answersOf({ 400: problem('validation_failed', 400), 500: problem('internal_error', 500) })
  for (const [status, codes, instance] of [
    [400, ['validation_failed', 'malformed_request'], '/v1/things/1'],
    [408, ['request_timeout'], '/'],
    [431, ['headers_too_large'], '/'],
  ] as const) {
    const { examples } = answers[status].content['application/problem+json']
    t.strictSame(answers[status]['x-problem-codes'], codes)
    t.strictSame(Object.keys(examples), codes)
    const code = codes.at(-1) ?? ''
    t.match(examples[code].value, { code, status, instance, type: `urn:crm:problem:${code}` }, 'what is answered by no route names no path')
    t.ok('x-request-id' in answers[status].headers)
  }
  t.notOk('retry-after' in answers[408].headers)
})

t.test('what the service documents of the same status stays, and is said once', async (t) => {
  const own = { 429: problem('rate_limited', 429), 500: problem('internal_error', 500), 503: problem('unavailable', 503) }
  const answers = answersOf(own)
  t.equal(answers[429].description, '`rate_limited`: Said by the service.')
  t.match(answers[429].headers, { 'retry-after': { description: "The service's own." }, 'ratelimit-limit': {} })
  t.strictSame(answers[429]['x-problem-codes'], ['rate_limited'])
  t.strictSame(answers[503]['x-problem-codes'], ['unavailable', 'dependency_unavailable'])
  t.match(answers[503].description, /^`unavailable`: Said by the service\. `dependency_unavailable`: /)
  t.strictSame(Object.keys(answers[503].content['application/problem+json'].examples), ['unavailable', 'dependency_unavailable'])
})

t.test('an operation that documents no problem to follow is refused', async (t) => {
  t.throws(() => answersOf({}), { message: 'getThing documents no internal_error' })
})
