import t from 'tap'
import { isOwnOrigin } from '../../../src/modules/auth/refresh-cookie.ts'
import { type Answer, startService } from '../../fixture.ts'
import { givePassword, login } from '../../sign-in.ts'

const service = await startService(t)
await givePassword(service, 'westUser')
const { call, db } = service

const own = { host: 'localhost:4000', origin: 'http://localhost:4000' }
const cookieOf = ({ headers }: Answer) => String(headers['set-cookie'])
const sent = (answer: Answer) => ({ cookie: cookieOf(answer).split(';', 1)[0] ?? '' })

t.test('a browser gets its refresh token where no script can read it', async (t) => {
  const answer = await login(service, 'westUser', { session: 'cookie' }, own)
  t.match(answer, { status: 200, body: { refreshToken: null, accessToken: /.+/, expiresIn: 900 } })
  t.match(cookieOf(answer), /^crm_refresh=[A-Za-z0-9_-]{43}; Max-Age=2592000; Path=\/v1\/auth; HttpOnly; SameSite=Strict$/)
  t.match(await db.sql`select kind from sessions order by created_at desc limit 1`, [{ kind: 'cookie' }])
})

t.test('everywhere but on loopback the cookie is for TLS alone', async (t) => {
  const open = await startService(t, { url: service.url, config: { AUTH_MODE: 'token' } })
  const answer = await login(open, 'westUser', { session: 'cookie' }, { host: 'crm.example.com', origin: 'https://crm.example.com' })
  t.match(cookieOf(answer), /; HttpOnly; Secure; SameSite=Strict$/)
  for (const host of ['127.0.0.1:4000', '[::1]:4000', 'localhost']) {
    const local = await login(open, 'westUser', { session: 'cookie' }, { host, origin: `http://${host}` })
    t.notMatch(cookieOf(local), /Secure/, host)
  }
  await db.sql`delete from login_attempts`
})

t.test('the cookie refreshes and ends its session, with and without a body', async (t) => {
  const first = await login(service, 'westUser', { session: 'cookie' }, own)
  const second = await call('POST', '/v1/auth/refresh', { headers: { ...own, ...sent(first) } })
  t.match(second, { status: 200, body: { refreshToken: null } })
  t.not(sent(second).cookie, sent(first).cookie)
  const third = await call('POST', '/v1/auth/refresh', { headers: { ...own, ...sent(second) }, body: {} })
  t.equal(third.status, 200)
  const out = await call('POST', '/v1/auth/logout', { headers: { ...own, ...sent(third) } })
  t.equal(out.status, 204)
  t.match(cookieOf(out), /^crm_refresh=; .*Path=\/v1\/auth; Expires=Thu, 01 Jan 1970/)
  const after = await call('POST', '/v1/auth/refresh', { headers: { ...own, ...sent(third) } })
  t.match(after, { status: 401, body: { code: 'invalid_credentials' } })
  t.match(cookieOf(after), /^crm_refresh=; /, 'a cookie that is of no use is taken away')
})

t.test('a page of another host can use the cookie for nothing', async (t) => {
  const headers = { host: own.host, ...sent(await login(service, 'westUser', { session: 'cookie' }, own)) }
  for (const origin of [
    'http://evil.example',
    'http://localhost:4001',
    'http://localhost',
    'null',
    'http://localhost:4000.evil.example',
    '',
    undefined,
  ]) {
    for (const path of ['refresh', 'logout']) {
      const answer = await call('POST', `/v1/auth/${path}`, { headers: { ...headers, ...(origin !== undefined && { origin }) } })
      t.match(answer, { status: 403, body: { code: 'forbidden' } }, `${path} from ${origin}`)
    }
    const into = await login(service, 'westUser', { session: 'cookie' }, { host: own.host, ...(origin !== undefined && { origin }) })
    t.match(into, { status: 403 }, `login from ${origin}`)
  }
  t.match(await call('POST', '/v1/auth/refresh', { headers: { ...own, ...headers } }), { status: 200 }, 'nothing was ended')
})

t.test('behind a trusted proxy the host is the one that the browser asked', async (t) => {
  const forwarded = { host: '127.0.0.1:8002', 'x-forwarded-host': 'localhost:4000', origin: own.origin }
  const trusting = await startService(t, { url: service.url, trustProxy: '127.0.0.1' })
  t.match(await login(trusting, 'westUser', { session: 'cookie' }, forwarded), { status: 200 })
  t.match(await login(service, 'westUser', { session: 'cookie' }, forwarded), { status: 403 }, 'others are not believed')
})

t.test('an origin is that of a host', async (t) => {
  for (const [origin, host, expected] of [
    ['https://crm.example.com', 'crm.example.com', true],
    ['https://crm.example.com', 'crm.example.com:443', true],
    ['http://crm.example.com', 'crm.example.com:443', false],
    ['https://CRM.example.com', 'crm.EXAMPLE.com', true],
    ['http://[::1]:4000', '[::1]:4000', true],
    ['https://crm.example.com.evil.example', 'crm.example.com', false],
    ['https://crm.example.com@evil.example', 'crm.example.com', false],
    ['file://crm.example.com', 'crm.example.com', false],
    ['null', 'null', false],
    ['https://crm.example.com', '', false],
  ] as const) {
    t.equal(isOwnOrigin(origin, { protocol: 'http', host }), expected, `${origin} ${host}`)
  }
  const host = 'crm.example.com'
  t.equal(isOwnOrigin(`https://${host}`, { protocol: 'https', host }), true)
  t.equal(isOwnOrigin(`http://${host}`, { protocol: 'http', host }), true)
  t.equal(isOwnOrigin(`http://${host}`, { protocol: 'https', host }), false, 'plain http, of a host that is reached by https')
})
