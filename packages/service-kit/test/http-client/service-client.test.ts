import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { AppError } from '../../src/errors/app-error.ts'
import type { ServiceRequest } from '../../src/http-client/exchange.ts'
import { createServiceClient } from '../../src/http-client/service-client.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { answerJson, type Behaviour, hang, reset, startDependency } from './scripted-dependency.ts'
import { rejectionWithin, rejectsAtDeadline, unavailableBy } from './unavailable.ts'

const logger = createLogger({ name: 'test', level: 'silent' })
const get: ServiceRequest = { method: 'GET', path: '/v1/users/me/access' }
const ok = answerJson(200, { ok: true })

/** Short deadlines are for what hangs: of an answer that is to come, a machine that stalls would make none. */
function clientOf(t: Test, baseUrl: string, deadlineMs = 10_000) {
  const client = createServiceClient({ name: 'user-service', baseUrl, deadlineMs, logger })
  t.teardown(() => client.close())
  return client
}

t.test('an answer comes back with status, parsed body and headers, over kept-alive connections', async (t) => {
  const dependency = await startDependency(t, (request, response) => {
    const { 'x-request-id': requestId, traceparent, accept } = request.headers
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', etag: '"3"' })
    response.end(JSON.stringify({ url: request.url, requestId, traceparent, accept }))
  })
  const client = clientOf(t, `${dependency.baseUrl}/internal/`)
  const headers = { 'x-request-id': 'r-1', traceparent: '00-1-2-01', 'x-user-id': undefined }
  for (let i = 0; i < 10; i++) {
    const answer = await client.request({ ...get, headers })
    t.match(answer, {
      status: 200,
      body: { url: '/internal/v1/users/me/access', requestId: 'r-1', traceparent: '00-1-2-01', accept: 'application/json' },
      headers: { etag: '"3"' },
    })
  }
  t.ok(dependency.connections < 3, `${dependency.connections} connections for 10 requests`)
})

t.test('a body is sent as JSON', async (t) => {
  const dependency = await startDependency(t, async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString()
    response.writeHead(201, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ text, type: request.headers['content-type'] }))
  })
  const answer = await clientOf(t, dependency.baseUrl).request({ method: 'POST', path: '/', body: { ids: ['é'] } })
  t.match(answer, { status: 201, body: { text: '{"ids":["é"]}', type: 'application/json' } })
})

t.test('4xx and 501 are answers, whatever their number, and so is one without a body', async (t) => {
  const dependency = await startDependency(t, ok)
  const client = clientOf(t, dependency.baseUrl)
  for (const status of [400, 401, 404, 409, 422, 429, 501]) {
    dependency.behave = answerJson(status, { code: 'some_code' })
    for (let i = 0; i < 3; i++) t.match(await client.request(get), { status, body: { code: 'some_code' } })
  }
  dependency.behave = (_request, response) => void response.writeHead(204).end()
  t.match(await client.request({ method: 'DELETE', path: '/' }), { status: 204, body: undefined })
  dependency.behave = (_request, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no</h1>')
  t.match(await client.request(get), { status: 404, body: '<h1>no</h1>' })
})

const hanging: [what: string, behave: Behaviour][] = [
  ['hangs before its headers', hang],
  [
    'hangs in the middle of its body',
    (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"a":'),
  ],
  [
    'drips its body without an end',
    (_request, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    },
  ],
]
for (const [what, behave] of hanging) {
  t.test(`a dependency that ${what} is unavailable at the deadline`, async (t) => {
    const dependency = await startDependency(t, behave)
    await rejectsAtDeadline(t, () => clientOf(t, dependency.baseUrl, 500).request(get), { deadlineMs: 500, limitMs: 1_000 })
  })
}

const noAnswers: [what: string, behave: Behaviour, cause: RegExp][] = [
  ['resets every connection', reset, /^the connection was lost$/],
  ['answers 500', answerJson(500, {}), /^it answered 500$/],
  ['answers 503', answerJson(503, {}), /^it answered 503$/],
  [
    'breaks off its JSON',
    (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":'),
    /^its answer is not the JSON it says it is$/,
  ],
  ['sends more than 16 MiB', answerJson(200, 'x'.repeat(16 * 1024 * 1024)), /^UND_ERR_RES_EXCEEDED_MAX_SIZE/],
  ['speaks no HTTP', (request) => void request.socket.end('hello\r\n\r\n'), /does not match the HTTP/],
]
for (const [what, behave, cause] of noAnswers) {
  t.test(`a dependency that ${what} is unavailable without waiting for the deadline`, async (t) => {
    const dependency = await startDependency(t, behave)
    await t.rejects(clientOf(t, dependency.baseUrl).request(get), unavailableBy(cause))
  })
}

t.test('the deadline is 800 ms unless said otherwise', async (t) => {
  const dependency = await startDependency(t, hang)
  const client = createServiceClient({ name: 'user-service', baseUrl: dependency.baseUrl, logger })
  t.teardown(() => client.close())
  await rejectsAtDeadline(t, () => client.request(get), { deadlineMs: 800, limitMs: 1_000 })
})

t.test('an answer that names 100,000 companies fits', async (t) => {
  const dependency = await startDependency(t, answerJson(200, 'x'.repeat(100_000 * 39)))
  t.match(await clientOf(t, dependency.baseUrl).request(get), { status: 200 })
})

t.test('a dependency that is down is unavailable without waiting for the deadline, and comes back by itself', async (t) => {
  const dependency = await startDependency(t, ok)
  const client = clientOf(t, dependency.baseUrl)
  await client.request(get)
  await dependency.stop()
  for (let i = 0; i < 10; i++) await t.rejects(client.request(get), unavailableBy(/ECONNREFUSED|^Execution prevented/))
  await dependency.start()
  t.match(await until(() => client.request(get), { timeoutMs: 30_000, what: 'the dependency is used again' }), { status: 200 })
})

t.test('a connection lost before the answer', async (t) => {
  const lost = /^the connection was lost$/
  const resetFirst: Behaviour = (request, response, nth) => (nth === 1 ? reset : ok)(request, response, nth)
  await t.test('is tried once more for GET', async (t) => {
    const dependency = await startDependency(t, resetFirst)
    t.match(await clientOf(t, dependency.baseUrl).request(get), { status: 200 })
    t.equal(dependency.requests, 2)
  })
  await t.test('and for what is marked safe', async (t) => {
    const dependency = await startDependency(t, resetFirst)
    t.match(await clientOf(t, dependency.baseUrl).request({ method: 'POST', path: '/resolve', body: {}, isSafe: true }), { status: 200 })
    t.equal(dependency.requests, 2)
  })
  await t.test('but not for a change, which may have happened', async (t) => {
    const dependency = await startDependency(t, resetFirst)
    await t.rejects(clientOf(t, dependency.baseUrl).request({ method: 'POST', path: '/', body: {} }), unavailableBy(lost))
    t.equal(dependency.requests, 1)
  })
  await t.test('and not a third time', async (t) => {
    const dependency = await startDependency(t, reset)
    await t.rejects(clientOf(t, dependency.baseUrl).request(get), unavailableBy(lost))
    t.equal(dependency.requests, 2)
  })
  await t.test('and not past the deadline of the whole call', async (t) => {
    const dependency = await startDependency(t, (request, response, nth) => {
      if (nth === 1) setTimeout(() => reset(request, response, nth), 700)
    })
    // A second deadline of its own would end after 2,700 ms.
    await rejectsAtDeadline(t, () => clientOf(t, dependency.baseUrl, 2_000).request(get), { deadlineMs: 2_000, limitMs: 2_500 })
    t.equal(dependency.requests, 2)
  })
})

t.test('the circuit', async (t) => {
  const refused = async (client: ReturnType<typeof clientOf>) => {
    await t.rejects(client.request(get), { code: 'dependency_unavailable' })
  }
  await t.test('opens after 5 failures in a row, and spares the dependency then', async (t) => {
    const dependency = await startDependency(t, answerJson(503, {}))
    const client = clientOf(t, dependency.baseUrl)
    for (let i = 0; i < 5; i++) await refused(client)
    await Promise.all(Array.from({ length: 15 }, () => refused(client)))
    t.equal(dependency.requests, 5)
  })
  await t.test('stays closed for the others while one question cannot be answered', async (t) => {
    for (const behave of [answerJson(500, {}), answerJson(200, 'x'.repeat(16 * 1024 * 1024))]) {
      const dependency = await startDependency(t, behave)
      const client = clientOf(t, dependency.baseUrl)
      for (let i = 0; i < 6; i++) await refused(client)
      dependency.behave = ok
      t.match(await client.request(get), { status: 200 })
    }
  })
  await t.test('stays closed while failures are not in a row', async (t) => {
    const dependency = await startDependency(t, (request, response, nth) =>
      answerJson(nth % 5 === 0 ? 404 : 503, {})(request, response, nth),
    )
    const client = clientOf(t, dependency.baseUrl)
    for (let i = 1; i <= 20; i++) await client.request(get).catch(() => {})
    t.equal(dependency.requests, 20)
  })
  await t.test('lets one call probe after a second, opens again when that fails and closes when it succeeds', async (t) => {
    const dependency = await startDependency(t, answerJson(503, {}))
    const client = clientOf(t, dependency.baseUrl)
    for (let i = 0; i < 5; i++) await refused(client)
    const probe = () =>
      until(
        async () => {
          await Promise.allSettled(Array.from({ length: 20 }, () => client.request(get)))
          return dependency.requests > 5
        },
        { timeoutMs: 30_000, what: 'a probe' },
      )
    await probe()
    t.equal(dependency.requests, 6, 'of 20 calls at once, one went through')
    dependency.behave = ok
    t.match(await until(() => client.request(get), { timeoutMs: 30_000, what: 'the circuit closes' }), { status: 200 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.request(get)))
    t.ok(answers.every((answer) => answer.status === 200))
  })
  await t.test('keeps its callers waiting for a hanging probe no longer than their deadline', async (t) => {
    const dependency = await startDependency(t, answerJson(503, {}))
    const client = clientOf(t, dependency.baseUrl, 500)
    for (let i = 0; i < 5; i++) await refused(client)
    dependency.behave = hang
    await until(
      async () => {
        const calls = Array.from({ length: 5 }, () => rejectionWithin(1_000, () => client.request(get)))
        t.match(await Promise.all(calls), Array(5).fill({ code: 'dependency_unavailable' }))
        return dependency.requests > 5
      },
      { timeoutMs: 30_000, what: 'a probe' },
    )
    t.equal(dependency.requests, 6)
  })
})

t.test('a request that cannot be put together is a defect, not a bad dependency', async (t) => {
  const dependency = await startDependency(t, ok)
  const client = clientOf(t, dependency.baseUrl)
  for (let i = 0; i < 6; i++) {
    const error = await client.request({ ...get, headers: { 'x-user-id': 'a\nb' } }).catch((reason: unknown) => reason)
    t.ok(error instanceof Error && !(error instanceof AppError))
  }
  t.match(await client.request(get), { status: 200 })
})

t.test('close waits for a running call and is not held up by one that hangs', async (t) => {
  const dependency = await startDependency(t, (_request, response) => void setTimeout(() => response.end(), 100))
  const client = createServiceClient({ name: 'user-service', baseUrl: dependency.baseUrl, deadlineMs: 10_000, logger })
  const call = client.request(get)
  await until(() => dependency.requests === 1, { timeoutMs: 5000, what: 'the request arrived' })
  await client.close()
  t.match(await call, { status: 200 })

  dependency.behave = hang
  const other = createServiceClient({ name: 'user-service', baseUrl: dependency.baseUrl, deadlineMs: 2_000, logger })
  const hanging = t.rejects(other.request(get), { code: 'dependency_unavailable' })
  await until(() => dependency.requests === 2, { timeoutMs: 5000, what: 'the request arrived' })
  await other.close()
  await hanging
})
