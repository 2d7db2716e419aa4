import t from 'tap'
import { answer } from '../scripted-service.ts'
import { startGateway, userId } from '../start-gateway.ts'

const hopByHop = {
  'keep-alive': 'timeout=5',
  'proxy-authenticate': 'Basic',
  'proxy-authorization': 'Basic YTpi',
  'proxy-connection': 'keep-alive',
  te: 'trailers',
  trailer: 'x-checksum',
  upgrade: 'h2c',
}

t.test("what speaks of the client's connection, and what Connection names, stays at the gateway", async (t) => {
  const { things, authorized, send } = await startGateway(t)
  const { upgrade: _, trailer: _trailer, ...sent } = hopByHop
  const headers = { ...sent, ...authorized, connection: 'close, x-private', 'x-private': '1', 'x-other': '2', expect: '100-continue' }
  t.equal((await send('/v1/things', { headers })).status, 200)
  const received = things.received[0]?.headers ?? {}
  for (const name of [...Object.keys(hopByHop), 'x-private', 'expect', 'transfer-encoding']) t.notOk(name in received, name)
  t.match(received, { 'x-other': '2', authorization: authorized.authorization })
})

t.test("what speaks of the service's connection stays there too", async (t) => {
  const { things, authorized, send } = await startGateway(t)
  const { upgrade: _, trailer: _trailer, ...sent } = hopByHop
  things.behave = answer(200, {}, { ...sent, 'x-other': '2' })
  const { headers } = await send('/v1/things', { headers: authorized })
  for (const name of ['proxy-authenticate', 'proxy-connection', 'te']) t.notOk(name in headers, name)
  t.not(headers['keep-alive'], 'timeout=5')
  t.equal(headers['x-other'], '2')
})

t.test('services hear from the gateway where a request came from; what a client says of it is dropped', async (t) => {
  const { things, authorized, send } = await startGateway(t)
  const claims = {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-host': 'evil.example.com',
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': '/admin',
    'x-real-ip': '203.0.113.7',
    forwarded: 'for=203.0.113.7',
    via: '1.1 evil',
  }
  await send('/v1/things', { headers: { ...authorized, ...claims, host: 'crm.example.com' } })
  const received = things.received[0]?.headers ?? {}
  t.match(received, {
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'crm.example.com',
    'x-forwarded-proto': 'http',
    host: new URL(things.url).host,
    'x-user-id': userId,
  })
  for (const name of ['x-forwarded-prefix', 'x-real-ip', 'forwarded', 'via']) t.notOk(name in received, name)
})

t.test('what a trusted proxy says of the client is believed', async (t) => {
  const { things, authorized, send } = await startGateway(t, { env: { TRUST_PROXY: '127.0.0.0/8' } })
  const claims = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7', 'x-forwarded-host': 'crm.example.com', 'x-forwarded-proto': 'https' }
  await send('/v1/things', { headers: { ...authorized, ...claims } })
  t.match(things.received[0]?.headers, {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-host': 'crm.example.com',
    'x-forwarded-proto': 'https',
  })
})

t.test('services hear of one address in one way, however proxies write it', async (t) => {
  const { things, authorized, send } = await startGateway(t, { env: { TRUST_PROXY: '127.0.0.1' } })
  for (const [written, heard] of [
    ['203.0.113.7:40211', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['[2001:DB8:0::1]:443', '2001:db8::1'],
    ['unknown', '0.0.0.0'],
  ] as const) {
    await send('/v1/things', { headers: { ...authorized, 'x-forwarded-for': written } })
    t.equal(things.received.at(-1)?.headers['x-forwarded-for'], heard, written)
  }
})

t.test("one request id is in the answer and at the service: the client's when it is safe, else a new one", async (t) => {
  const { things, authorized, send } = await startGateway(t)
  for (const [sent, kept] of [
    ['order-17', true],
    ['two words', false],
    ['x'.repeat(129), false],
  ] as const) {
    const { headers } = await send('/v1/things', { headers: { ...authorized, 'x-request-id': sent } })
    t.equal(headers['x-request-id'], things.received.at(-1)?.headers['x-request-id'])
    t.equal(headers['x-request-id'] === sent, kept, sent)
  }
})

t.test('cookies reach the open operations alone, which have use for them; a body of a GET nobody', async (t) => {
  const { things, userService, authorized, send } = await startGateway(t)
  const cookie = 'crm_refresh=secret'
  await send('/v1/things', { headers: { ...authorized, cookie, 'content-type': 'application/json', 'content-length': '2' }, body: '{}' })
  t.match(things.received[0], { body: '', headers: { cookie: undefined, 'content-length': undefined } })
  userService.behave = answer(200, {}, { 'set-cookie': 'crm_refresh=next; HttpOnly' })
  const { headers } = await send('/v1/auth/login', { method: 'POST', headers: { cookie, 'x-user-id': userId, origin: 'http://127.0.0.1' } })
  t.match(userService.received[0]?.headers, { cookie, 'x-user-id': undefined, origin: 'http://127.0.0.1' })
  t.strictSame(headers['set-cookie'], ['crm_refresh=next; HttpOnly'])
})
