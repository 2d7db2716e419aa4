import t, { type Test } from 'tap'
import type { Access } from '../../src/access/access.ts'
import { type AccessSource, authentication } from '../../src/auth/authentication.ts'
import { type Caller, unauthenticated } from '../../src/auth/caller.ts'
import { AppError } from '../../src/errors/app-error.ts'
import type { ProblemCode } from '../../src/errors/codes.ts'
import { accessOf, userId } from '../access/access-of.ts'
import { isProblem, testServer } from '../http/test-server.ts'
import { verifierOf } from './token-verifier.ts'

const remembered: Access = accessOf('CHILD_USER')
const current: Access = accessOf('PARENT_ADMIN')

/** A source of access that has remembered one answer, and would give another when asked. */
function source(options: Partial<AccessSource> = {}) {
  const asked: string[] = []
  const accessSource: AccessSource = {
    remembers: true,
    cached: () => remembered,
    get: async () => remembered,
    ask: async (_credentials, requestId) => {
      asked.push(requestId)
      return current
    },
    ...options,
  }
  return { accessSource, asked }
}

interface Run {
  role: string
  fresh: boolean
}

/** A route whose use case notes each run and then does as `behave` says. */
async function withUseCase(t: Test, accessSource: AccessSource, behave: (caller: Caller, run: number) => Promise<unknown>) {
  const { app, logs } = await testServer(t)
  const { verify } = await verifierOf(t)
  const runs: Run[] = []
  await app.register(async (api) => {
    await api.register(authentication, { accessSource, mode: 'header', verify })
    api.get('/things', (request) =>
      request.asCaller((caller) => {
        runs.push({ role: caller.access.user.role, fresh: caller.fresh })
        return behave(caller, runs.length)
      }),
    )
    api.get('/caller', async (request) => request.caller)
  })
  app.get('/open', async () => ({}))
  const call = (url = '/things', headers: Record<string, string> = {}) => app.inject({ url, headers: { 'x-user-id': userId, ...headers } })
  return { app, call, runs, logs }
}

const refusing = (code: ProblemCode) => async () => {
  throw new AppError(code, 'no')
}

const refusals: ProblemCode[] = ['unauthenticated', 'forbidden', 'not_found', 'company_not_found', 'company_inactive']
for (const code of refusals) {
  t.test(`${code} on a remembered answer is not final: the use case runs once more with a fresh one`, async (t) => {
    const { accessSource, asked } = source()
    const { call, runs } = await withUseCase(t, accessSource, async (_caller, run) => (run === 1 ? refusing(code)() : { ok: true }))
    const response = await call('/things', { 'x-request-id': 'r-1' })
    t.equal(response.statusCode, 200)
    t.strictSame(runs, [
      { role: 'CHILD_USER', fresh: false },
      { role: 'PARENT_ADMIN', fresh: true },
    ])
    t.strictSame(asked, ['r-1'])
  })

  t.test(`${code} on a fresh answer is final: two runs, one question`, async (t) => {
    const { accessSource, asked } = source()
    const { call, runs } = await withUseCase(t, accessSource, refusing(code))
    isProblem(t, await call(), { status: new AppError(code, '').status, code })
    t.equal(runs.length, 2)
    t.equal(asked.length, 1)
  })
}

t.test('what succeeds runs once and asks nothing', async (t) => {
  const { accessSource, asked } = source()
  const { call, runs } = await withUseCase(t, accessSource, async () => ({ ok: true }))
  t.strictSame((await call()).json(), { ok: true })
  t.equal(runs.length, 1)
  t.strictSame(asked, [])
})

const others: ProblemCode[] = [
  'lead_already_exists',
  'precondition_failed',
  'idempotency_key_reused',
  'validation_failed',
  'dependency_unavailable',
]
for (const code of others) {
  t.test(`${code} does not hang on who the caller is: it runs once and asks nothing`, async (t) => {
    const { accessSource, asked } = source()
    const { call, runs } = await withUseCase(t, accessSource, refusing(code))
    t.equal((await call()).json().code, code)
    t.equal(runs.length, 1)
    t.strictSame(asked, [])
  })
}

t.test('an unexpected error runs once and asks nothing', async (t) => {
  const { accessSource, asked } = source()
  const { call, runs } = await withUseCase(t, accessSource, async () => {
    throw new Error('broken')
  })
  t.equal((await call()).statusCode, 500)
  t.equal(runs.length, 1)
  t.strictSame(asked, [])
})

t.test('a refusal is final at once where answers are not remembered', async (t) => {
  const { accessSource, asked } = source({ remembers: false })
  const { call, runs } = await withUseCase(t, accessSource, refusing('forbidden'))
  isProblem(t, await call(), { status: 403, code: 'forbidden' })
  t.strictSame(runs, [{ role: 'CHILD_USER', fresh: true }])
  t.strictSame(asked, [])
})

t.test('when asking again says that the caller is gone, that is the answer', async (t) => {
  const { accessSource } = source({ ask: async () => Promise.reject(unauthenticated('gone')) })
  const { call, runs } = await withUseCase(t, accessSource, refusing('forbidden'))
  const response = await call()
  isProblem(t, response, { status: 401, code: 'unauthenticated' })
  t.equal(response.headers['www-authenticate'], 'Bearer realm="crm"')
  t.equal(runs.length, 1)
})

t.test('the source is asked only when it has no answer at hand', async (t) => {
  const { accessSource } = source({ cached: () => undefined, get: async () => current })
  const { call } = await withUseCase(t, accessSource, async (caller) => caller.access.user.role)
  t.equal((await call()).body, 'PARENT_ADMIN')
})

t.test('401 comes before every other fault of a request, and answers are for nobody else', async (t) => {
  const { accessSource } = source()
  const { app, call } = await withUseCase(t, accessSource, async () => ({}))
  for (const url of ['/things', '/things?unknown=1', '/things?q=%zz']) {
    const response = await app.inject({ url })
    isProblem(t, response, { status: 401, code: 'unauthenticated' })
    t.equal(response.headers['cache-control'], 'private, no-store')
  }
  t.equal((await call()).headers['cache-control'], 'private, no-store')
  t.equal((await app.inject('/open')).statusCode, 200, 'routes outside of it need no caller')
})

t.test('the caller carries the request id, and a traceparent only when it is well-formed', async (t) => {
  const { accessSource } = source()
  const { call } = await withUseCase(t, accessSource, async () => ({}))
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  t.match((await call('/caller', { 'x-request-id': 'r-1', traceparent })).json(), { requestId: 'r-1', traceparent })
  t.notOk('traceparent' in (await call('/caller', { traceparent: '00-x-y-01' })).json())
})
