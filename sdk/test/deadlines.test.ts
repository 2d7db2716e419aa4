import { getEventListeners } from 'node:events'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { CrmAbortError, CrmTimeoutError, createCrmClient } from '../src/index.ts'
import { json, keepWaiting, problem, type Step, startScriptedServer } from './scripted-server.ts'

const forever = Number.POSITIVE_INFINITY

t.test('a call that is aborted ends at once, and its request with it', async (t) => {
  let isClosed = false
  const server = await startScriptedServer(t, (response) => response.on('close', () => (isClosed = true)))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u', timeoutMs: forever, attemptTimeoutMs: forever })
  const controller = new AbortController()
  const reason = new Error('the user went elsewhere')
  const call = crm.leads.list({}, { signal: controller.signal })
  await until(() => server.requests.length === 1, { timeoutMs: 5_000, what: 'the request arrives' })
  controller.abort(reason)
  const error = await call.catch((thrown: unknown) => thrown)
  t.ok(error instanceof CrmAbortError)
  t.match(error, { cause: reason, status: undefined })
  await until(() => isClosed, { timeoutMs: 5_000, what: 'the server sees the request end' })
  t.equal(server.requests.length, 1)
})

t.test('a signal that went off before sends nothing; one that goes off in a pause ends the pause', async (t) => {
  const server = await startScriptedServer(t, problem(503, 'unavailable', { 'retry-after': '3600' }))
  let sent = 0
  const counted = (request: Request) => {
    sent++
    return fetch(request)
  }
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u', fetch: counted, timeoutMs: forever, maxRetryAfterMs: forever })
  await t.rejects(crm.users.me({ signal: AbortSignal.abort() }), CrmAbortError)
  t.equal(sent, 0)

  const controller = new AbortController()
  const call = crm.users.me({ signal: controller.signal })
  await until(() => server.requests.length === 1, { timeoutMs: 5_000, what: 'the first try is refused' })
  setTimeout(() => controller.abort(), 50)
  await t.rejects(call, CrmAbortError)
  t.equal(server.requests.length, 1)
})

t.test('a signal that outlives its calls is left without their listeners', async (t) => {
  const server = await startScriptedServer(t, problem(503, 'unavailable', { 'retry-after': '0' }), json(200, {}), problem(404, 'not_found'))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
  const { signal } = new AbortController()
  await crm.users.me({ signal })
  await t.rejects(crm.users.me({ signal }))
  t.equal(getEventListeners(signal, 'abort').length, 0)
})

t.test('every attempt has its time, and the whole call has its own', async (t) => {
  const server = await startScriptedServer(t, keepWaiting)
  // Counted where they begin: on a slow machine one may end before it has arrived.
  let attempts = 0
  const counted = (request: Request) => {
    attempts++
    return fetch(request)
  }
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u', attemptTimeoutMs: 500, fetch: counted })
  const error = await crm.users.me({ maxRetries: 1 }).catch((thrown: unknown) => thrown)
  t.ok(error instanceof CrmTimeoutError)
  t.match(String(error), /an attempt had no response within 500 ms/)
  t.equal(attempts, 2)

  await t.rejects(crm.users.me({ attemptTimeoutMs: forever, timeoutMs: 500 }), { message: 'GET /v1/users/me: no response within 500 ms' })
  t.equal(attempts, 3)
})

t.test('a response that stops in the middle is late, too', async (t) => {
  const stall: Step = (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":')
  const server = await startScriptedServer(t, stall)
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u', attemptTimeoutMs: 100, maxRetries: 0 })
  await t.rejects(crm.users.me(), CrmTimeoutError)
})

t.test('a source of tokens, or a fetch, that never comes to an end does not hold up the call', async (t) => {
  const never = new Promise<never>(() => {})
  const limits = { timeoutMs: 100, maxRetries: 0 }
  await t.rejects(createCrmClient({ baseUrl: 'http://127.0.0.1:1', accessToken: () => never, ...limits }).users.me(), CrmTimeoutError)
  await t.rejects(
    createCrmClient({ baseUrl: 'http://127.0.0.1:1', userId: 'u', fetch: () => never, ...limits }).users.me(),
    CrmTimeoutError,
  )
})
