import t from 'tap'
import {
  type CrmClientOptions,
  CrmConflictError,
  CrmConnectionError,
  CrmIdempotencyError,
  CrmRateLimitError,
  CrmServerError,
  CrmUnavailableError,
  createCrmClient,
} from '../src/index.ts'
import { breakOff, hangUp, json, keepWaiting, passOn, problem, type ScriptedServer, startScriptedServer } from './scripted-server.ts'
import { acmeWest, startSystem, west } from './system.ts'

const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: acmeWest }

function clientOf({ url }: ScriptedServer, options: Partial<Pick<CrmClientOptions, 'maxRetries' | 'maxRetryAfterMs' | 'timeoutMs'>> = {}) {
  return createCrmClient({ baseUrl: url, userId: west, ...options })
}

function keysOf({ requests }: ScriptedServer) {
  return requests.map(({ headers }) => headers['idempotency-key'])
}

const failures = {
  'a 429': problem(429, 'rate_limited'),
  'a 503': problem(503, 'unavailable'),
  "a proxy's 502": json(502, 'bad gateway', { 'content-type': 'text/html' }),
  'a connection that is closed before the answer': hangUp,
  'a connection that is closed within the answer': breakOff,
  'an attempt that takes too long': keepWaiting,
}

for (const [name, failure] of Object.entries(failures)) {
  t.test(`after ${name} a read is sent again, a write with the same Idempotency-Key, and a write without one is not`, async (t) => {
    const forRead = await startScriptedServer(t, failure, json(200, { id: 'a' }))
    const options = failure === keepWaiting ? { attemptTimeoutMs: 1_000 } : {}
    t.same(await clientOf(forRead).users.me(options), { id: 'a' })
    t.equal(forRead.requests.length, 2)
    t.same(keysOf(forRead), [undefined, undefined])

    const forWrite = await startScriptedServer(t, failure, json(201, { id: 'b' }))
    t.same(await clientOf(forWrite).leads.create(lead, options), { id: 'b' })
    const [first, second] = keysOf(forWrite)
    t.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    t.equal(second, first)
    t.same(
      forWrite.requests.map(({ body }) => JSON.parse(body)),
      [lead, lead],
    )

    const unkeyed = await startScriptedServer(t, failure, json(200, { data: [] }))
    await t.rejects(clientOf(unkeyed).companies.resolve({ ids: [] }, options))
    t.equal(unkeyed.requests.length, 1)
    t.equal(unkeyed.requests[0]?.headers['idempotency-key'], undefined)
  })
}

t.test('a write whose answer was lost took effect once, and the retry gets its answer', async (t) => {
  const { services, clientOf: direct } = await startSystem(t)
  const crmService = await startScriptedServer(t, passOn(services.crm, { loseAnswer: true }), passOn(services.crm))
  // No attempt is given up while its answer may still come.
  const crm = createCrmClient({ services: { ...services, crm: crmService.url }, userId: west, attemptTimeoutMs: 60_000 })

  const { data, response } = await crm.leads.create(lead).withResponse()
  t.equal(crmService.requests.length, 2)
  t.equal(response.isIdempotentReplay, true)
  const stored = await direct(west).leads.list()
  t.same(stored.data, [data], 'one lead, the one that was answered')
})

t.test('a write that is still running when it is sent again is waited for', async (t) => {
  const server = await startScriptedServer(t, keepWaiting, problem(409, 'idempotency_in_progress'), json(201, { id: 'a' }))
  t.same(await clientOf(server).leads.create(lead, { attemptTimeoutMs: 1_000 }), { id: 'a' })
  t.equal(new Set(keysOf(server)).size, 1)
})

t.test('each call has a key of its own, and the key that is given is the one that is sent', async (t) => {
  const server = await startScriptedServer(t, json(201, {}))
  const crm = clientOf(server)
  await crm.leads.create(lead)
  await crm.leads.create(lead)
  await crm.leads.create(lead, { idempotencyKey: 'import-7' })
  const keys = keysOf(server)
  t.equal(new Set(keys).size, 3)
  t.equal(keys[2], 'import-7')
})

t.test('what will not pass is sent once', async (t) => {
  const refusals = [
    { refusal: problem(500, 'internal_error'), Kind: CrmServerError },
    { refusal: problem(409, 'lead_already_exists'), Kind: CrmConflictError },
    { refusal: problem(422, 'idempotency_key_reused'), Kind: CrmIdempotencyError },
  ]
  for (const { refusal, Kind } of refusals) {
    const server = await startScriptedServer(t, refusal)
    await t.rejects(clientOf(server).leads.create(lead), Kind)
    t.equal(server.requests.length, 1)
  }
})

t.test('as often as maxRetries says, for the client or for one call; the last failure is the one that is told', async (t) => {
  const server = await startScriptedServer(t, hangUp, hangUp, problem(503, 'dependency_unavailable', { 'x-request-id': 'r-9' }))
  await t.rejects(clientOf(server).users.me(), { name: 'CrmUnavailableError', code: 'dependency_unavailable', requestId: 'r-9' })
  t.equal(server.requests.length, 3, 'twice by default')
  await t.rejects(clientOf(server, { maxRetries: 1 }).users.me(), CrmUnavailableError)
  t.equal(server.requests.length, 5)
  await t.rejects(clientOf(server, { maxRetries: 1 }).users.me({ maxRetries: 0 }), CrmUnavailableError)
  t.equal(server.requests.length, 6)
})

t.test('the next try comes no sooner than Retry-After says', async (t) => {
  const server = await startScriptedServer(t, problem(429, 'rate_limited', { 'retry-after': '1' }), json(200, {}))
  await clientOf(server).users.me()
  const [first, second] = server.requests
  // Timers may go off a millisecond early.
  t.ok(first && second && second.at - first.at > 995)
})

t.test('a server that asks for more patience than there is is not asked again, and the error tells how long', async (t) => {
  const server = await startScriptedServer(t, problem(429, 'rate_limited', { 'retry-after': '3600' }))
  await t.rejects(clientOf(server).users.me(), { name: 'CrmRateLimitError', retryAfterMs: 3_600_000 })
  await t.rejects(clientOf(server, { maxRetryAfterMs: Number.POSITIVE_INFINITY, timeoutMs: 5_000 }).users.me(), CrmRateLimitError)
  t.equal(server.requests.length, 2, 'nor when the wait would outlast the call')
})

t.test('without a server the error says that there was no answer, and why', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const gone = 'http://127.0.0.1:1'
  const error = await createCrmClient({ baseUrl: gone, userId: west, maxRetries: 0 })
    .users.me()
    .catch((thrown: unknown) => thrown)
  t.ok(error instanceof CrmConnectionError)
  t.match(error, { status: undefined, code: undefined, cause: TypeError })
  t.match(String(error), /GET \/v1\/users\/me: no answer, /)
  t.equal(server.requests.length, 0)
})
