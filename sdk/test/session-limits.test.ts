import t from 'tap'
import { createCrmClient } from '../src/index.ts'
import { sessionLimits } from '../src/session.ts'
import { keepWaiting } from './scripted-server.ts'
import { own, sent, startApi, tokens } from './session-api.ts'

/** The server takes a refresh token for so long after it was replaced, in milliseconds; then it ends the session. */
const graceMs = 10_000

t.test('a refresh takes no longer than an attempt, and leaves time for another within the grace of the server', async (t) => {
  for (const [attemptTimeoutMs, refreshMs] of [
    [15_000, 4_000],
    [Number.POSITIVE_INFINITY, 4_000],
    [1_000, 1_000],
    [0, 0],
  ] as const) {
    t.strictSame(sessionLimits({ attemptTimeoutMs }), { loginMs: attemptTimeoutMs, refreshMs })
  }
})

t.test('a refresh whose answer does not come is sent again while the server still takes its token', async (t) => {
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 1 })], refresh: [keepWaiting, tokens(2)] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  await crm.users.me()
  await crm.users.me()
  t.strictSame(sent(server).slice(-3), [
    ['POST /v1/auth/refresh', { refreshToken: 'refresh-1' }],
    ['POST /v1/auth/refresh', { refreshToken: 'refresh-1' }],
    ['GET /v1/users/me', 'Bearer access-2'],
  ])
  const [first, second] = server.requests.filter(({ path }) => path === '/v1/auth/refresh')
  t.ok(first && second && second.at - first.at < graceMs)
})
