import t from 'tap'
import {
  CrmApiError,
  CrmAuthenticationError,
  CrmConflictError,
  CrmError,
  CrmIdempotencyError,
  CrmNotFoundError,
  CrmPermissionError,
  CrmPreconditionFailedError,
  CrmRateLimitError,
  CrmServerError,
  CrmUnavailableError,
  CrmValidationError,
  createCrmClient,
} from '../src/index.ts'
import { json, problem, startScriptedServer } from './scripted-server.ts'
import { acmeEast, acmeWest, globalAdmin, startSystem, unknownId, west } from './system.ts'

const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: acmeWest }

async function failureOf(call: Promise<unknown>): Promise<CrmError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof CrmError) return error
  throw new Error('no CrmError', { cause: error })
}

t.test('what the services refuse comes as an error of its kind, with the problem, its code and the request id', async (t) => {
  const { clientOf } = await startSystem(t)
  const crm = clientOf(west)
  const created = await crm.leads.create(lead, { idempotencyKey: 'first' })

  const invalid = await failureOf(crm.leads.create({ ...lead, email: 'nobody' }))
  t.ok(invalid instanceof CrmValidationError)
  t.match(invalid, { status: 400, code: 'validation_failed', errors: [{ pointer: '/body/email' }] })
  t.match(invalid.message, /^POST \/v1\/leads: 400 validation_failed\. .*\/body\/email .*\(request [0-9a-f-]{36}\)$/)

  const forbidden = await failureOf(crm.users.create({ email: 'new@example.com', role: 'PARENT_ADMIN', companyId: acmeWest }))
  t.ok(forbidden instanceof CrmPermissionError)
  t.match(forbidden, { status: 403, code: 'forbidden' })

  const hidden = await failureOf(clientOf(globalAdmin).leads.get(created.id))
  t.ok(hidden instanceof CrmNotFoundError)
  t.match(hidden, { status: 404, code: 'not_found', problem: { instance: `/v1/leads/${created.id}` } })

  const duplicate = await failureOf(crm.leads.create(lead))
  t.ok(duplicate instanceof CrmConflictError)
  t.match(duplicate, { status: 409, code: 'lead_already_exists', existingId: created.id })

  const changed = await failureOf(crm.leads.update(created.id, { name: 'Other' }, { ifMatch: '"77"' }))
  t.ok(changed instanceof CrmPreconditionFailedError)
  t.match(changed, { status: 412, code: 'precondition_failed', etag: '"1"' })

  const outside = await failureOf(crm.leads.create({ ...lead, companyId: acmeEast }))
  t.ok(outside instanceof CrmValidationError)
  t.match(outside, { status: 422, code: 'company_not_found', errors: [] })

  const reused = await failureOf(crm.leads.create({ ...lead, name: 'Other' }, { idempotencyKey: 'first' }))
  t.ok(reused instanceof CrmIdempotencyError)
  t.match(reused, { status: 422, code: 'idempotency_key_reused' })

  const unknown = await failureOf(clientOf(unknownId).users.me())
  t.ok(unknown instanceof CrmAuthenticationError)
  t.match(unknown, { status: 401, code: 'unauthenticated' })

  for (const error of [invalid, forbidden, hidden, duplicate, changed, outside, reused, unknown]) {
    t.ok(error instanceof CrmApiError && error.requestId !== undefined && error.requestId === error.problem?.requestId, error.name)
  }
})

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
    const error = await failureOf(createCrmClient({ baseUrl: server.url, userId: west, maxRetries: 0 }).leads.create(lead))
    t.ok(error instanceof Kind, Kind.name)
    t.match(error, shows)
  }
})

t.test('who asks for the whole answer gets its error there', async (t) => {
  const server = await startScriptedServer(t, problem(404, 'not_found', { 'x-request-id': 'r-4' }))
  // tap fails on a rejection that is not handled, as that of the data alone would be.
  const error = await failureOf(createCrmClient({ baseUrl: server.url, userId: west }).users.me().withResponse())
  t.match(error, { name: 'CrmNotFoundError', requestId: 'r-4', response: { status: 404 } })
})

t.test('an answer that is not the JSON it should be is an error that shows its status', async (t) => {
  const server = await startScriptedServer(t, (response) =>
    response.writeHead(200, { 'content-type': 'text/html', 'x-request-id': 'r-2' }).end('<p>Log in</p>'),
  )
  const error = await failureOf(createCrmClient({ baseUrl: server.url, userId: west }).users.me())
  t.ok(error instanceof CrmApiError)
  t.match(error, { status: 200, requestId: 'r-2', message: 'GET /v1/users/me: 200, but the answer is not JSON' })
  t.equal(server.requests.length, 1)
})

t.test('a redirect is not followed: nobody else learns who calls', async (t) => {
  const elsewhere = await startScriptedServer(t, json(200, {}))
  const server = await startScriptedServer(t, (response) => response.writeHead(307, { location: `${elsewhere.url}/v1/leads` }).end())
  const error = await failureOf(createCrmClient({ baseUrl: server.url, userId: west }).leads.create(lead))
  t.ok(error instanceof CrmApiError)
  t.equal(error.status, 307)
  t.equal(elsewhere.requests.length, 0)
})
