import { forgedTokens } from '@crm/testing/tokens/forged-tokens.ts'
import { createTokenSigner } from '@crm/testing/tokens/token-signer.ts'
import { wrongTokens } from '@crm/testing/tokens/wrong-tokens.ts'
import t from 'tap'
import { startScriptedService } from '../scripted-service.ts'
import { startGateway, userId } from '../start-gateway.ts'

t.test('without a good access token nothing is passed on', async (t) => {
  const { things, authorized, problem } = await startGateway(t)
  const good = authorized.authorization
  for (const headers of [
    [],
    ['x-user-id', userId],
    ['authorization', ''],
    ['authorization', 'Bearer'],
    ['authorization', 'Bearer x'],
    ['authorization', good.replace('Bearer', 'Basic')],
    ['authorization', good.slice(7)],
    ['authorization', good, 'authorization', good],
    ['Authorization', good, 'AUTHORIZATION', 'Bearer x'],
    ['authorization', `${good}, ${good}`],
    ['authorization', `${good}x`],
    ['x-authorization', good],
    ['cookie', `accessToken=${good.slice(7)}`],
  ]) {
    const answer = await problem('/v1/things', { headers: ['host', '127.0.0.1', ...headers] })
    t.match(answer, { status: 401, code: 'unauthenticated', headers: { 'www-authenticate': /^Bearer realm="crm"/ } }, headers.join(': '))
  }
  t.match(await problem(`/v1/things?access_token=${good.slice(7)}`), { status: 401 }, 'a token in the URL')
  t.equal(things.received.length, 0)
})

t.test('no forged, stale or otherwise wrong token is let in', async (t) => {
  const signer = createTokenSigner()
  const userService = await startScriptedService(t, (_url, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [signer.jwk] }))
    return true
  })
  const env = { USER_SERVICE_URL: userService.url, RATE_LIMIT_UNAUTHENTICATED: '10000' }
  const { things, send } = await startGateway(t, { env })
  const authorized = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
  const genuine = signer.token()
  t.equal((await send('/v1/things', authorized(genuine))).status, 200)
  things.received = []
  const sendable = ({ token }: { token: string }) => !/[^\x20-\x7e]/.test(token)
  const forgeries = [...forgedTokens({ token: genuine, publicKeyPem: signer.publicKeyPem }), ...wrongTokens(signer)].filter(sendable)
  for (const { what, token } of forgeries) t.equal((await send('/v1/things', authorized(token))).status, 401, what)
  t.equal(things.received.length, 0)
  t.ok(forgeries.length >= 40, `${forgeries.length} kinds`)
})

t.test('operations that want no token are passed on without one, and as nobody', async (t) => {
  const { userService, send, problem } = await startGateway(t)
  const headers = { 'x-user-id': userId, 'content-type': 'application/json' }
  t.equal((await send('/v1/auth/login', { method: 'POST', headers, body: '{"email":"a"}' })).status, 200)
  t.match(userService.received[0], { url: '/v1/auth/login', body: '{"email":"a"}', headers: { 'x-user-id': undefined } })
  t.match(JSON.parse((await send('/.well-known/jwks.json')).text), { keys: [{ kty: 'OKP' }] })
  t.match(await problem('/v1/auth/login'), { status: 404 }, 'by their method alone')
})

t.test('a stale token does not keep anybody from logging in', async (t) => {
  const { send } = await startGateway(t)
  const headers = { authorization: 'Bearer stale', 'content-type': 'application/json' }
  t.equal((await send('/v1/auth/login', { method: 'POST', headers, body: '{}' })).status, 200)
})

t.test('while the keys cannot be had nobody is let in, and it is said to be no fault of theirs', async (t) => {
  const { userService, authorized, things, problem, send } = await startGateway(t)
  await userService.stop()
  t.match(await problem('/v1/things', { headers: authorized }), {
    status: 503,
    code: 'dependency_unavailable',
    headers: { 'retry-after': '1' },
  })
  t.equal(things.received.length, 0)
  await userService.start()
  t.equal((await send('/v1/things', { headers: authorized })).status, 200)
  await userService.stop()
  t.equal((await send('/v1/things', { headers: authorized })).status, 200, 'known keys go on working')
})
