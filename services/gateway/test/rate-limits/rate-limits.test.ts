import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import t from 'tap'
import { connectTo, pipelined } from '../client-socket.ts'
import { answer as answerWith, hang } from '../scripted-service.ts'
import { sendTo, startGateway } from '../start-gateway.ts'

const limits = { RATE_LIMIT_PER_USER: '3', RATE_LIMIT_PER_ADDRESS: '1000', RATE_LIMIT_UNAUTHENTICATED: '1000' }
const patience = 60_000
const other = '01980000-0000-7000-8000-00000000ffff'
const limited = { status: 429, code: 'rate_limited', headers: { 'retry-after': /^[1-9]\d?$/, 'content-type': 'application/problem+json' } }

t.test('a user has so many requests a minute; each answer says what is left, and others have their own', async (t) => {
  const port = await freePort()
  const { things, authorized, tokenOf, send, problem } = await startGateway(t, { env: { ...limits, ADMIN_PORT: String(port) } })
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
  const { text } = await sendTo(`http://127.0.0.1:${port}`, '/metrics')
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

t.test('one address is one, however proxies write it', async (t) => {
  const { problem } = await startGateway(t, { env: { ...limits, RATE_LIMIT_UNAUTHENTICATED: '2', TRUST_PROXY: '127.0.0.1' } })
  const statusesFrom = async (...addresses: string[]) => {
    const statuses: number[] = []
    for (const address of addresses) statuses.push((await problem('/v1/things', { headers: { 'x-forwarded-for': address } })).status)
    return statuses
  }
  t.strictSame(await statusesFrom('203.0.113.7', '203.0.113.7:40211', '::ffff:203.0.113.7', '::ffff:cb00:7107'), [401, 401, 429, 429])
  t.strictSame(await statusesFrom('2001:db8::1', '[2001:db8::1]:40211', '2001:DB8:0:0::2', '[2001:db8::9]'), [401, 401, 429, 429])
  t.strictSame(await statusesFrom('unknown', '_hidden', 'a-name'), [401, 401, 429], 'what is no address is all one')
})

t.test('whatever is asked for counts by address: documents, and what there is not', async (t) => {
  const { send, problem } = await startGateway(t, { env: { ...limits, RATE_LIMIT_PER_ADDRESS: '1', TRUST_PROXY: '127.0.0.1' } })
  const paths = ['/docs/', '/docs/static/swagger-ui.css', '/openapi.json', '/v1/none', '/none', '/metrics']
  for (const [nth, path] of paths.entries()) {
    const headers = { 'x-forwarded-for': `203.0.113.${nth}` }
    const first = await send(path, { headers })
    t.match(first, { status: nth < 3 ? 200 : 404, headers: { 'ratelimit-limit': '1', 'ratelimit-remaining': '0' } }, path)
    t.match(await problem(path, { headers }), { ...limited, detail: 'More than 1 requests a minute from this address.' }, path)
  }
})

t.test('probes have a limit of their own: no flood of theirs keeps a client from working, nor wears the services out', async (t) => {
  const { app, url, asked, authorized, send } = await startGateway(t, { env: limits })
  const begun = performance.now()
  const statuses = new Set<number>()
  for (let batch = 0; batch < 13; batch++) {
    const answers = await Promise.all(Array.from({ length: 100 }, () => app.inject({ url: '/health', remoteAddress: '127.0.0.1' })))
    for (const { statusCode } of answers) statuses.add(statusCode)
    if (batch === 11) t.strictSame([...statuses], [200])
  }
  const { status, text } = await send('/ready')
  t.match(
    { status, ...JSON.parse(text) },
    { status: 429, code: 'rate_limited', detail: 'More than 1200 requests a minute for probes from this address.' },
  )
  t.ok(asked.health <= 1 + Math.floor((performance.now() - begun) / 500), `${asked.health} questions to the service`)
  t.equal((await sendTo(url, '/v1/things', { headers: authorized })).status, 200)
})

t.test('a flood from one address is turned away before its tokens are looked at, and keeps no load balancer from an answer', async (t) => {
  const { userService, authorized, send, problem } = await startGateway(t, { env: { ...limits, RATE_LIMIT_PER_ADDRESS: '2' } })
  await userService.stop()
  t.equal((await send('/v1/things', { headers: authorized })).status, 503)
  t.equal((await send('/v1/things', { headers: authorized })).status, 503)
  t.match(await problem('/v1/things', { headers: authorized }), { ...limited, detail: 'More than 2 requests a minute from this address.' })
  for (const path of ['/live', '/live', '/ready']) t.equal((await send(path)).status, 200)
  t.equal((await send('/health')).status, 503, 'answered: user-service is down')
})

t.test(
  'a user has so many requests under way at once, streams excepted; each that is over makes room, also one that is given up',
  async (t) => {
    const { url, things, authorized, tokenOf, problem, send } = await startGateway(t, { answerWithinMs: patience })
    const begun = (count: number) => until(() => things.received.length === count, { timeoutMs: patience, what: `${count} are under way` })
    things.behave = hang
    const givenUp = connectTo(t, url)
    givenUp.write(pipelined(Array<string>(32).fill('/v1/things'), authorized))
    await begun(32)
    const answers = Array.from({ length: 32 }, () => send('/v1/things', { headers: authorized }).catch(() => {}))
    await begun(64)
    t.match(await problem('/v1/things', { headers: authorized }), {
      ...limited,
      detail: 'More than 64 requests at once by this user.',
      headers: { 'ratelimit-remaining': /./ },
    })
    t.equal(things.received.length, 64, 'it is not passed on')
    things.behave = answerWith(200, {})
    t.equal((await send('/v1/things', { headers: { authorization: `Bearer ${tokenOf(other)}` } })).status, 200, 'others have their own')
    t.equal((await send('/v1/things/stream', { headers: authorized })).status, 200, 'a stream')
    givenUp.destroy()
    const served = () => send('/v1/things', { headers: authorized }).then(({ status }) => status === 200)
    t.ok(await until(served, { timeoutMs: patience, what: 'there is room again' }))
    things.behave = hang
    things.received = []
    const more = (count: number) => {
      answers.push(...Array.from({ length: count }, () => send('/v1/things', { headers: authorized }).catch(() => {})))
    }
    // Not all at once: the one that was just served may be over a moment later.
    more(31)
    await begun(31)
    more(1)
    await begun(32)
    t.equal((await problem('/v1/things', { headers: authorized })).status, 429, 'for as many as were given up')
    await things.stop()
    await Promise.all(answers)
    await things.start()
    things.behave = answerWith(200, {})
    t.equal((await send('/v1/things', { headers: authorized })).status, 200, 'each that was answered made room')
  },
)
