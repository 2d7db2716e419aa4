import t from 'tap'
import { startGateway } from '../start-gateway.ts'

const limits = { RATE_LIMIT_PER_USER: '3', RATE_LIMIT_PER_ADDRESS: '1000', RATE_LIMIT_UNAUTHENTICATED: '1000' }
const other = '01980000-0000-7000-8000-00000000ffff'
const limited = { status: 429, code: 'rate_limited', headers: { 'retry-after': /^[1-9]\d?$/, 'content-type': 'application/problem+json' } }

t.test('a user has so many requests a minute; each answer says what is left, and others have their own', async (t) => {
  const { things, authorized, tokenOf, send, problem } = await startGateway(t, { env: limits })
  for (const remaining of ['2', '1', '0']) {
    const { status, headers } = await send('/v1/things', { headers: authorized })
    t.match(
      { status, headers },
      {
        status: 200,
        headers: { 'ratelimit-limit': '3', 'ratelimit-remaining': remaining, 'ratelimit-reset': /^\d+$/ },
      },
    )
  }
  t.match(await problem('/v1/things', { headers: authorized }), {
    ...limited,
    detail: 'More than 3 requests a minute by this user.',
    headers: { 'ratelimit-remaining': '0', 'x-request-id': /./ },
  })
  t.equal(things.received.length, 3, 'nothing is passed on')
  t.equal((await send('/v1/things', { headers: { authorization: `Bearer ${tokenOf(other)}` } })).status, 200)
  const { text } = await send('/metrics')
  t.match(text, 'gateway_rate_limited_total{limit="user"} 1')
})

t.test('requests without a good token count by address, forged ones too, and keep nobody with a good one from working', async (t) => {
  const env = { ...limits, RATE_LIMIT_UNAUTHENTICATED: '3', TRUST_PROXY: '127.0.0.1' }
  const { userService, authorized, send, problem } = await startGateway(t, { env })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const login = { method: 'POST', body: '{}', headers: { ...from('203.0.113.7'), 'content-type': 'application/json' } }
  t.match(await problem('/v1/things', { headers: from('203.0.113.7') }), { status: 401 })
  t.match(await problem('/v1/things', { headers: { ...from('203.0.113.7'), authorization: 'Bearer x' } }), { status: 401 })
  t.equal((await send('/v1/auth/login', login)).status, 200)
  for (let attempt = 0; attempt < 3; attempt++) t.match(await problem('/v1/auth/login', login), limited)
  t.match(await problem('/v1/things', { headers: from('203.0.113.7') }), limited)
  t.equal(userService.received.length, 1)
  t.equal(
    (await send('/v1/auth/login', { ...login, headers: { ...login.headers, ...from('203.0.113.8') } })).status,
    200,
    'another address',
  )
  t.equal((await send('/v1/things', { headers: { ...authorized, ...from('203.0.113.7') } })).status, 200, 'a good token')
})

t.test('what a client says of its address does not change where it is counted', async (t) => {
  const { problem } = await startGateway(t, { env: { ...limits, RATE_LIMIT_UNAUTHENTICATED: '2' } })
  const statuses: number[] = []
  for (const nth of [1, 2, 3]) statuses.push((await problem('/v1/things', { headers: { 'x-forwarded-for': `203.0.113.${nth}` } })).status)
  t.strictSame(statuses, [401, 401, 429])
})

t.test('an IPv6 network counts as one address', async (t) => {
  const { problem } = await startGateway(t, { env: { ...limits, RATE_LIMIT_UNAUTHENTICATED: '2', TRUST_PROXY: '127.0.0.1' } })
  const statusFrom = async (address: string) => (await problem('/v1/things', { headers: { 'x-forwarded-for': address } })).status
  t.strictSame(
    [await statusFrom('2001:db8:1:2::1'), await statusFrom('2001:db8:1:2:ffff::9'), await statusFrom('2001:db8:1:2::3')],
    [401, 401, 429],
  )
  t.equal(await statusFrom('2001:db8:1:3::1'), 401)
})

t.test('a flood from one address is turned away before its tokens are looked at; probes are not counted', async (t) => {
  const { userService, authorized, send, problem } = await startGateway(t, { env: { ...limits, RATE_LIMIT_PER_ADDRESS: '2' } })
  await userService.stop()
  t.equal((await send('/v1/things', { headers: authorized })).status, 503)
  t.equal((await send('/v1/things', { headers: authorized })).status, 503)
  t.match(await problem('/v1/things', { headers: authorized }), { ...limited, detail: 'More than 2 requests a minute from this address.' })
  for (const path of ['/live', '/ready', '/metrics']) t.equal((await send(path)).status, 200)
})
