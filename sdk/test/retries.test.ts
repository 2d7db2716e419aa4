import t from 'tap'
import {
  type ClientDefaults,
  CrmConflictError,
  CrmConnectionError,
  CrmIdempotencyError,
  CrmRateLimitError,
  CrmServerError,
  CrmUnavailableError,
  createCrmClient,
} from '../src/index.ts'
import { breakOff, hangUp, json, problem, type ScriptedServer, startScriptedServer } from './scripted-server.ts'
import { sendOperation } from './send-operation.ts'

const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: 'c' }

function clientOf({ url }: Pick<ScriptedServer, 'url'>, options: ClientDefaults = {}) {
  return createCrmClient({ baseUrl: url, userId: 'u', ...options })
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
}

const never = new Promise<never>(() => {})
// Where an attempt must end by its time, the others have many more: however slow the machine is, one gets through.
const patient = { attemptTimeoutMs: 1_000, maxRetries: 20, timeoutMs: Number.POSITIVE_INFINITY }

/** A fetch whose first attempts end as they are told, and the others at the server; with the keys of all. */
function fetchAfter(...firsts: (() => Promise<Response>)[]) {
  const keys: (string | null)[] = []
  const send = (request: Request) => {
    keys.push(request.headers.get('idempotency-key'))
    return (firsts[keys.length - 1] ?? (() => fetch(request)))()
  }
  return { fetch: send, keys }
}

for (const [name, failure] of Object.entries(failures)) {
  t.test(`after ${name} a read is sent again, and a write with the same Idempotency-Key`, async (t) => {
    const forRead = await startScriptedServer(t, failure, json(200, { id: 'a' }))
    t.same(await clientOf(forRead).users.me(), { id: 'a' })
    t.equal(forRead.requests.length, 2)
    t.same(keysOf(forRead), [undefined, undefined])

    const forWrite = await startScriptedServer(t, failure, json(201, { id: 'b' }))
    t.same(await clientOf(forWrite).leads.create(lead), { id: 'b' })
    const [first, second] = keysOf(forWrite)
    t.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    t.equal(second, first)
    t.same(
      forWrite.requests.map(({ body }) => JSON.parse(body)),
      [lead, lead],
    )
  })
}

t.test('after an attempt that takes too long a read is sent again, and a write with the same Idempotency-Key', async (t) => {
  const server = await startScriptedServer(t, json(200, { id: 'a' }))
  const read = fetchAfter(() => never)
  const write = fetchAfter(() => never)
  const records = await Promise.all([
    clientOf(server, { ...patient, fetch: read.fetch }).users.me(),
    clientOf(server, { ...patient, fetch: write.fetch }).leads.create(lead),
  ])
  t.same(records, [{ id: 'a' }, { id: 'a' }])
  t.ok(read.keys.length >= 2 && write.keys.length >= 2)
  t.strictSame([...new Set(read.keys)], [null])
  t.match([...new Set(write.keys)], [String])
  t.equal(new Set(write.keys).size, 1)
})

const operations = [
  { operation: { method: 'PUT' }, times: 2 },
  { operation: { method: 'DELETE' }, times: 2 },
  { operation: { method: 'POST' }, times: 1 },
  { operation: { method: 'PATCH' }, times: 1 },
  { operation: { method: 'PUT', isIdempotent: false }, times: 1 },
  { operation: { method: 'POST', isSafe: true }, times: 2 },
  { operation: { method: 'POST', isIdempotent: true }, times: 2 },
  { operation: { method: 'PATCH', takesIdempotencyKey: true }, times: 2 },
] as const

t.test('without an Idempotency-Key, only what a second request does not change is sent again', async (t) => {
  for (const { operation, times } of operations) {
    const server = await startScriptedServer(t, problem(503, 'unavailable', { 'retry-after': '0' }))
    await t.rejects(sendOperation({ baseUrl: server.url, userId: 'u', maxRetries: 1 }, operation), CrmUnavailableError)
    t.equal(server.requests.length, times, JSON.stringify(operation))
  }
})

t.test('a POST that its document calls safe is sent again', async (t) => {
  const server = await startScriptedServer(t, hangUp, json(200, { data: [] }))
  t.same(await clientOf(server).companies.resolve({ ids: [] }), { data: [] })
  t.same(keysOf(server), [undefined, undefined])
})

t.test('429 means that nothing was done: what cannot be repeated otherwise is sent again', async (t) => {
  const server = await startScriptedServer(t, problem(429, 'rate_limited', { 'retry-after': '0' }), json(200, {}))
  t.same(await sendOperation({ baseUrl: server.url, userId: 'u' }, { method: 'POST' }), {})
  t.equal(server.requests.length, 2)
})

t.test('what a retry sends is what the call was given, whatever its caller does with that meanwhile', async (t) => {
  const given = { ...lead }
  const server = await startScriptedServer(
    t,
    (response, request) => {
      given.name = 'Somebody else'
      return hangUp(response, request)
    },
    json(201, {}),
  )
  await clientOf(server).leads.create(given)
  t.same(
    server.requests.map(({ body }) => JSON.parse(body)),
    [lead, lead],
  )
})

t.test('a write that is still running is waited for as long as the call may take, however few retries it has', async (t) => {
  const running = problem(409, 'idempotency_in_progress', { 'retry-after': '0' })
  const server = await startScriptedServer(t, hangUp, running, running, running, json(201, { id: 'a' }))
  t.same(await clientOf(server, { maxRetries: 1 }).leads.create(lead), { id: 'a' })
  t.equal(server.requests.length, 5)
  const alone = await startScriptedServer(t, running)
  await t.rejects(clientOf(alone, { maxRetries: 0 }).leads.create(lead), CrmIdempotencyError)
  t.equal(alone.requests.length, 1, 'not without retries')
})

t.test('a write that failed tells its key, so that it can be run again, and what went wrong before it was late', async (t) => {
  const nowhere = { url: 'http://127.0.0.1:1' }
  const failureOf = (call: Promise<unknown>) => call.catch((error: unknown) => error)
  const refuse = () => Promise.reject(new TypeError('no connection'))
  const twice = fetchAfter(refuse, () => never)
  const late = failureOf(clientOf(nowhere, { timeoutMs: 10_000, fetch: twice.fetch }).leads.create(lead))
  const silent = clientOf(nowhere, { fetch: () => never })
  const options = { idempotencyKey: 'import-7', maxRetries: 0 }
  t.match(await failureOf(silent.leads.create(lead, { ...options, attemptTimeoutMs: 100 })), {
    name: 'CrmTimeoutError',
    idempotencyKey: 'import-7',
  })
  t.match(await failureOf(silent.leads.create(lead, { ...options, signal: AbortSignal.timeout(100) })), {
    name: 'CrmAbortError',
    idempotencyKey: 'import-7',
  })
  const [key] = twice.keys
  t.type(key, 'string')
  t.match(await late, { name: 'CrmTimeoutError', idempotencyKey: key, cause: CrmConnectionError, previousFailure: CrmConnectionError })
  t.match(String(await late), /no response within 10000 ms/)
})

t.test('a write that was refused tells its key, and so does one that succeeds', async (t) => {
  const gone = await startScriptedServer(t, hangUp, problem(409, 'lead_already_exists'), json(201, {}))
  const options = { idempotencyKey: 'import-8', maxRetries: 0 }
  await t.rejects(clientOf(gone).leads.create(lead, options), { name: 'CrmConnectionError', idempotencyKey: 'import-8' })
  await t.rejects(clientOf(gone).leads.create(lead, options), { name: 'CrmConflictError', idempotencyKey: 'import-8' })
  const { response } = await clientOf(gone).leads.create(lead, options).withResponse()
  t.equal(response.idempotencyKey, 'import-8')
})

t.test('a write that is still running when it is sent again is waited for', async (t) => {
  const server = await startScriptedServer(t, problem(409, 'idempotency_in_progress'), json(201, { id: 'a' }))
  const { fetch, keys } = fetchAfter(() => never)
  t.same(await clientOf(server, { ...patient, fetch }).leads.create(lead), { id: 'a' })
  t.ok(keys.length >= 3)
  t.equal(new Set(keys).size, 1)
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
  const error = await createCrmClient({ baseUrl: gone, userId: 'u', maxRetries: 0 })
    .users.me()
    .catch((thrown: unknown) => thrown)
  t.ok(error instanceof CrmConnectionError)
  t.match(error, { status: undefined, code: undefined, cause: TypeError })
  t.match(String(error), /GET \/v1\/users\/me: no response, /)
  t.equal(server.requests.length, 0)
})
