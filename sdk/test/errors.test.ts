import t from 'tap'
import {
  CrmApiError,
  type CrmClient,
  CrmError,
  CrmIdempotencyError,
  CrmRateLimitError,
  CrmResponseError,
  CrmServerError,
  CrmUnavailableError,
  CrmValidationError,
  createCrmClient,
} from '../src/index.ts'
import { json, noContent, problem, type Step, startScriptedServer, text } from './scripted-server.ts'

const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: 'c' }

async function failureOf(call: Promise<unknown>): Promise<CrmError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof CrmError) return error
  throw new Error('no CrmError', { cause: error })
}

const kinds = [
  { answer: problem(429, 'rate_limited', { 'retry-after': '7' }), Kind: CrmRateLimitError, shows: { status: 429, retryAfterMs: 7_000 } },
  { answer: problem(503, 'dependency_unavailable'), Kind: CrmUnavailableError, shows: { status: 503, code: 'dependency_unavailable' } },
  { answer: problem(409, 'idempotency_in_progress'), Kind: CrmIdempotencyError, shows: { code: 'idempotency_in_progress' } },
  { answer: problem(500, 'internal_error'), Kind: CrmServerError, shows: { status: 500, code: 'internal_error' } },
  { answer: problem(413, 'body_too_large'), Kind: CrmValidationError, shows: { status: 413, code: 'body_too_large' } },
  { answer: problem(421, 'misdirected_request'), Kind: CrmApiError, shows: { status: 421, name: 'CrmApiError' } },
  { answer: json(502, 'bad gateway'), Kind: CrmUnavailableError, shows: { status: 502, code: undefined, problem: undefined } },
  { answer: json(418, {}), Kind: CrmApiError, shows: { status: 418, code: undefined } },
]

t.test('every other refusal comes as an error of its kind, also when something in between answers', async (t) => {
  for (const { answer, Kind, shows } of kinds) {
    const server = await startScriptedServer(t, answer)
    const error = await failureOf(createCrmClient({ baseUrl: server.url, userId: 'u', maxRetries: 0 }).leads.create(lead))
    t.ok(error instanceof Kind, Kind.name)
    t.match(error, shows)
  }
})

t.test('who asks for the whole response gets its error there', async (t) => {
  const server = await startScriptedServer(t, problem(404, 'not_found', { 'x-request-id': 'r-4' }))
  // tap fails on a rejection that is not handled, as that of the data alone would be.
  const error = await failureOf(createCrmClient({ baseUrl: server.url, userId: 'u' }).users.me().withResponse())
  t.match(error, { name: 'CrmNotFoundError', requestId: 'r-4', response: { status: 404 } })
})

const unexpected: Record<string, { answer: Step; send: (crm: CrmClient) => Promise<unknown> }> = {
  'nothing, where a record is documented': { answer: (response) => response.writeHead(200).end(), send: (crm) => crm.users.me() },
  '204, where a record is documented': { answer: noContent, send: (crm) => crm.users.me() },
  'null, where a record is documented': { answer: json(200, null), send: (crm) => crm.leads.create(lead) },
  'a text, where a record is documented': { answer: json(200, 'ok'), send: (crm) => crm.users.me() },
  'no JSON': { answer: text('<p>Log in</p>'), send: (crm) => crm.users.me() },
  'no JSON, where nothing is documented': { answer: text('<p>Log in</p>'), send: (crm) => crm.leads.delete('a') },
  'a record, where nothing is documented': { answer: json(200, {}), send: (crm) => crm.leads.erase('a') },
  'a record, where a page is documented': { answer: json(200, { id: 'a' }), send: (crm) => crm.leads.list() },
  'a list, where a page is documented': { answer: json(200, []), send: (crm) => crm.leads.list().toArray({ limit: 1 }) },
  'a page without its page': { answer: json(200, { data: [] }), send: (crm) => crm.leads.list() },
  'a page whose cursor is no text': { answer: json(200, { data: [], page: { nextCursor: 5 } }), send: (crm) => crm.leads.list() },
  'a record to decide on that is none': {
    answer: (response, request) =>
      request.method === 'GET' ? text('{')(response, request) : problem(412, 'precondition_failed')(response, request),
    send: (crm) => crm.leads.update('a', {}, { ifMatch: '"1"', onConflict: () => ({}) }),
  },
  'a record to decide on that has no version': {
    answer: (response, request) => (request.method === 'GET' ? json(200, {}) : problem(412, 'precondition_failed'))(response, request),
    send: (crm) => crm.leads.update('a', {}, { ifMatch: '"1"', onConflict: () => ({}) }),
  },
}

for (const [name, { answer, send }] of Object.entries(unexpected)) {
  t.test(`a success that is not as documented is told apart from a refusal, with its metadata: ${name}`, async (t) => {
    const server = await startScriptedServer(t, (response, request) => {
      response.setHeader('x-request-id', 'r-2')
      return answer(response, request)
    })
    const error = await failureOf(send(createCrmClient({ baseUrl: server.url, userId: 'u' })))
    t.ok(error instanceof CrmResponseError, error.message)
    t.notOk(error instanceof CrmApiError)
    t.match(error, { requestId: 'r-2', problem: undefined, code: undefined, response: { headers: Headers } })
    t.equal(error.status, error.response?.status)
    t.ok((error.status ?? 0) >= 200 && (error.status ?? 0) < 300)
    t.ok(server.requests.filter(({ method }) => method === server.requests.at(-1)?.method).length === 1, 'sent once')
  })
}

const brokenProblems = {
  'errors that are no list': { errors: { '/body/name': 'is missing' } },
  'errors that are texts': { errors: ['is missing'] },
  'errors without a place': { errors: [{ message: 'is missing' }] },
  'no errors but null': { errors: null },
  'a detail that is no text': { detail: {} },
  'a code that is no text': { code: 17 },
  'an existingId that is no text': { existingId: 5 },
  'a requestId that is no text': { requestId: 5 },
}

t.test('a problem of a proxy, of another form, is a refusal without a problem', async (t) => {
  for (const [name, members] of Object.entries(brokenProblems)) {
    const body = { code: 'validation_failed', detail: 'So it is.', ...members }
    const server = await startScriptedServer(t, json(400, body, { 'content-type': 'application/problem+json' }))
    const error = await failureOf(createCrmClient({ baseUrl: server.url, userId: 'u' }).leads.create(lead))
    t.ok(error instanceof CrmValidationError, name)
    t.match(error, { status: 400, problem: undefined, code: undefined, requestId: undefined, errors: [] }, name)
  }
})

t.test('a redirect is not followed: nobody else learns who calls', async (t) => {
  const elsewhere = await startScriptedServer(t, json(200, {}))
  const server = await startScriptedServer(t, (response) => response.writeHead(307, { location: `${elsewhere.url}/v1/leads` }).end())
  const error = await failureOf(createCrmClient({ baseUrl: server.url, userId: 'u' }).leads.create(lead))
  t.ok(error instanceof CrmApiError)
  t.equal(error.status, 307)
  t.equal(elsewhere.requests.length, 0)
})
