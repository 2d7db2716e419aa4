import t, { type Test } from 'tap'
import { remoteAccess } from '../../src/auth/remote-access.ts'
import { createServiceClient } from '../../src/http-client/service-client.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { accessOf, userId } from '../access/access-of.ts'
import { answerJson, type Behaviour, hang, startDependency } from '../http-client/scripted-dependency.ts'

const access = accessOf('PARENT_ADMIN')
const credentials = { userId, sessionId: null, keyId: null, headers: { 'x-user-id': userId } }

/** A short deadline is for what hangs: of an answer that is to come, a machine that stalls would make none. */
async function against(t: Test, behave: Behaviour, deadlineMs = 10_000) {
  const userService = await startDependency(t, behave)
  const logger = createLogger({ name: 'test', level: 'silent' })
  const client = createServiceClient({ name: 'user-service', baseUrl: userService.baseUrl, deadlineMs, logger })
  t.teardown(() => client.close())
  return { userService, source: remoteAccess(client) }
}

t.test('user-service is asked with what the caller showed and the id of the request', async (t) => {
  const seen: unknown[] = []
  const { source } = await against(t, (request, response, nth) => {
    seen.push({
      method: request.method,
      url: request.url,
      userId: request.headers['x-user-id'],
      authorization: request.headers.authorization,
      requestId: request.headers['x-request-id'],
    })
    answerJson(200, access)(request, response, nth)
  })
  const authorization = 'Bearer a.b.c'
  const shown = { ...credentials, headers: { ...credentials.headers, authorization } }
  t.strictSame(await source.get(shown, 'r-1'), access)
  t.strictSame(seen, [{ method: 'GET', url: '/v1/users/me/access', userId, authorization, requestId: 'r-1' }])
})

t.test('questions at the same time share one request, and its answer is then at hand', async (t) => {
  const { userService, source } = await against(t, answerJson(200, access))
  t.equal(source.cached(credentials), undefined)
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => source.get(credentials, `r-${i}`)))
  for (const answer of answers) t.strictSame(answer, access)
  t.equal(userService.requests, 1)
  t.strictSame(source.cached(credentials), access)
  const other = { ...credentials, userId: 'other', headers: { 'x-user-id': 'other' } }
  t.equal(source.cached(other), undefined, 'for this caller only')
})

t.test('the answer to one session is not taken for another of the same user, which may have ended', async (t) => {
  const { userService, source } = await against(t, (request, response, nth) => {
    const isLive = request.headers.authorization === 'Bearer live'
    answerJson(isLive ? 200 : 401, isLive ? access : {})(request, response, nth)
  })
  const session = (sessionId: string) => ({
    ...credentials,
    sessionId,
    headers: { ...credentials.headers, authorization: `Bearer ${sessionId}` },
  })
  t.strictSame(await source.get(session('live'), 'r-1'), access)
  await t.rejects(source.get(session('ended'), 'r-2'), { code: 'unauthenticated' })
  await t.rejects(source.get(credentials, 'r-3'), { code: 'unauthenticated' }, 'nor for the user without a session')
  t.strictSame(source.cached(session('live')), access)
  t.equal(userService.requests, 3)
})

t.test('the answer to a token of one signing key is not taken for one of another, which may have been withdrawn', async (t) => {
  const { userService, source } = await against(t, (request, response, nth) => {
    const isGood = request.headers.authorization === 'Bearer k2'
    answerJson(isGood ? 200 : 401, isGood ? access : {})(request, response, nth)
  })
  const signedBy = (keyId: string) => ({
    ...credentials,
    sessionId: 'of both',
    keyId,
    headers: { ...credentials.headers, authorization: `Bearer ${keyId}` },
  })
  t.strictSame(await source.get(signedBy('k2'), 'r-1'), access)
  await t.rejects(source.get(signedBy('k1'), 'r-2'), { code: 'unauthenticated' })
  t.equal(userService.requests, 2)
})

t.test('ask does not take the remembered answer, and what it brings replaces it', async (t) => {
  const { userService, source } = await against(t, answerJson(200, access))
  await source.get(credentials, 'r-1')
  const changed = accessOf('CHILD_USER')
  userService.behave = answerJson(200, changed)
  t.strictSame(await source.ask(credentials, 'r-2'), changed)
  t.strictSame(source.cached(credentials), changed)
  t.equal(userService.requests, 2)
})

t.test('401 of user-service is 401 here, and is not remembered', async (t) => {
  const { userService, source } = await against(t, answerJson(401, { code: 'unauthenticated' }))
  await t.rejects(source.get(credentials, 'r-1'), {
    code: 'unauthenticated',
    status: 401,
    headers: { 'www-authenticate': 'Bearer realm="crm"' },
  })
  userService.behave = answerJson(200, access)
  t.strictSame(await source.get(credentials, 'r-2'), access)
})

const garbage: [string, Behaviour][] = [
  ['another shape', answerJson(200, { user: { id: userId } })],
  ['a role nobody knows', answerJson(200, { ...access, user: { ...access.user, role: 'OWNER' } })],
  ['ids that are none', answerJson(200, { ...access, descendantIds: ['everything'] })],
  ['null', answerJson(200, null)],
  ['a page of HTML', (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello</p>')],
  ['half of JSON', (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"user":')],
  ['404', answerJson(404, {})],
  ['403', answerJson(403, {})],
  ['500', answerJson(500, access)],
  ['nothing', hang],
]
for (const [what, behave] of garbage) {
  t.test(`${what} for an answer is 503, never a guess`, async (t) => {
    const { source } = await against(t, behave, behave === hang ? 300 : undefined)
    const error = await source.get(credentials, 'r-1').catch((reason: unknown) => reason)
    t.match(error, { name: 'AppError', code: 'dependency_unavailable', status: 503 })
    const { headers } = error as { headers: Record<string, string> }
    t.equal(new Headers(headers).get('retry-after'), '1')
    t.equal(source.cached(credentials), undefined)
  })
}
