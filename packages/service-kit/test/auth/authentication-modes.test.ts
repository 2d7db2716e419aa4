import { connect } from 'node:net'
import { createTokenSigner, tokenSessionId } from '@crm/testing/tokens/token-signer.ts'
import t, { type Test } from 'tap'
import { type AccessSource, authentication } from '../../src/auth/authentication.ts'
import type { Credentials } from '../../src/auth/caller.ts'
import { AppError } from '../../src/errors/app-error.ts'
import { accessOf, userId } from '../access/access-of.ts'
import { isProblem, listen, testServer } from '../http/test-server.ts'
import { keysOf, verifierFor } from './token-verifier.ts'

type Mode = 'header' | 'token'
const modes: Mode[] = ['header', 'token']
const otherUserId = '01980000-0000-7000-8000-00000000ffff'
const signer = createTokenSigner()
const tokenOf = (sub: string) => signer.token({ claims: { sub } })
const bearer = (sub = userId) => ({ authorization: `Bearer ${tokenOf(sub)}` })

/** A server that answers with what its caller showed. */
async function serving(t: Test, mode: Mode, keys = keysOf(signer).keys) {
  const { app } = await testServer(t)
  const asked: Credentials[] = []
  const get = async (credentials: Credentials) => {
    asked.push(credentials)
    return accessOf('CHILD_USER')
  }
  const accessSource: AccessSource = { remembers: false, cached: () => undefined, get, ask: get }
  const verify = await verifierFor(t, keys)
  await app.register(async (api) => {
    await api.register(authentication, { accessSource, mode, verify })
    api.get('/caller', async (request) => request.caller.credentials)
  })
  const call = (headers: Record<string, string | string[]>, url = '/caller') => app.inject({ url, headers })
  return { app, call, asked }
}

const refusal = { status: 401, code: 'unauthenticated' }
const challenge = 'Bearer realm="crm"'
const invalidToken = 'Bearer realm="crm", error="invalid_token"'

for (const mode of modes) {
  t.test(`${mode} mode: a token and the x-user-id of its user are the caller, and are passed on`, async (t) => {
    const { call } = await serving(t, mode)
    const token = tokenOf(userId)
    const headers = { 'x-user-id': userId, authorization: `Bearer ${token}` }
    const expected = { userId, sessionId: tokenSessionId, keyId: signer.kid, headers }
    t.strictSame((await call(headers)).json(), expected)
    t.strictSame((await call({ 'x-user-id': userId.toUpperCase(), authorization: `bearer  ${token}` })).json(), expected)
  })

  t.test(`${mode} mode: without x-user-id nobody is known, whatever token is shown`, async (t) => {
    const { call, asked } = await serving(t, mode)
    for (const headers of [{}, bearer()]) {
      const response = await call(headers)
      isProblem(t, response, refusal)
      t.equal(response.headers['www-authenticate'], challenge)
    }
    t.strictSame(asked, [], 'and nobody is asked who it is')
  })

  t.test(`${mode} mode: a token of another user than x-user-id names is 401`, async (t) => {
    const { call, asked } = await serving(t, mode)
    const response = await call({ 'x-user-id': userId, ...bearer(otherUserId) })
    isProblem(t, response, refusal)
    t.equal(response.headers['www-authenticate'], invalidToken)
    t.strictSame(asked, [])
  })

  const wrong: [string, string, string][] = [
    ['an expired token', `Bearer ${signer.token({ claims: { sub: userId, exp: 1 } })}`, invalidToken],
    ['a token of a foreign key', `Bearer ${createTokenSigner().token({ claims: { sub: userId } })}`, invalidToken],
    ['no token at all', 'Bearer x', invalidToken],
    ['an empty token', 'Bearer ', challenge],
    ['an empty Authorization', '', challenge],
    ['other credentials', 'Basic eDp5', challenge],
  ]
  for (const [what, authorization, expected] of wrong) {
    t.test(`${mode} mode: ${what} is 401`, async (t) => {
      const { call, asked } = await serving(t, mode)
      const response = await call({ 'x-user-id': userId, authorization })
      isProblem(t, response, refusal)
      t.equal(response.headers['www-authenticate'], expected)
      t.strictSame(asked, [])
    })
  }

  const repeated: [string, (token: string) => string[]][] = [
    ['two equal x-user-id', (token) => [`x-user-id: ${userId}`, `x-user-id: ${userId}`, `authorization: ${token}`]],
    ['two x-user-id in different cases', (token) => [`x-user-id: ${userId}`, `X-User-ID: ${otherUserId}`, `authorization: ${token}`]],
    ['two equal Authorization', (token) => [`x-user-id: ${userId}`, `authorization: ${token}`, `authorization: ${token}`]],
    ['a second Authorization of another user', (token) => [`x-user-id: ${userId}`, `authorization: ${token}`, 'Authorization: Bearer x']],
    ['an empty second Authorization', (token) => [`x-user-id: ${userId}`, `authorization: ${token}`, 'AUTHORIZATION:']],
  ]
  for (const [what, lines] of repeated) {
    t.test(`${mode} mode: ${what} are 401 on a real socket`, async (t) => {
      const { app, asked } = await serving(t, mode)
      const port = await listen(app)
      const socket = connect({ port, host: '127.0.0.1' })
      const head = ['GET /caller HTTP/1.1', 'host: 127.0.0.1', 'connection: close', ...lines(bearer().authorization)]
      socket.write(`${head.join('\r\n')}\r\n\r\n`)
      const answer = Buffer.concat(await socket.toArray()).toString()
      t.match(answer, /^HTTP\/1\.1 401 /)
      t.match(answer, 'is given more than once')
      t.strictSame(asked, [])
    })
  }

  t.test(`${mode} mode: while no key can be had, a token is answered by 503 and Retry-After`, async (t) => {
    const away = async () => Promise.reject(new AppError('dependency_unavailable', 'away', { headers: { 'retry-after': '1' } }))
    const { call } = await serving(t, mode, { find: away })
    const response = await call({ 'x-user-id': userId, ...bearer() })
    isProblem(t, response, { status: 503, code: 'dependency_unavailable' })
    t.equal(response.headers['retry-after'], '1')
  })
}

t.test('header mode believes x-user-id where no token is shown', async (t) => {
  const { call } = await serving(t, 'header')
  const headers = { 'x-user-id': userId }
  t.strictSame((await call(headers)).json(), { userId, sessionId: null, keyId: null, headers })
})

t.test('token mode does not', async (t) => {
  const { call, asked } = await serving(t, 'token')
  const response = await call({ 'x-user-id': userId })
  isProblem(t, response, refusal)
  t.equal(response.headers['www-authenticate'], challenge)
  t.strictSame(asked, [])
})

t.test('token mode takes a token from Authorization alone', async (t) => {
  const { call } = await serving(t, 'token')
  const token = tokenOf(userId)
  const elsewhere: Record<string, string>[] = [
    { cookie: `access_token=${token}` },
    { 'x-access-token': token },
    { 'proxy-authorization': `Bearer ${token}` },
    { 'x-authorization': `Bearer ${token}` },
  ]
  for (const headers of elsewhere) isProblem(t, await call({ 'x-user-id': userId, ...headers }), refusal)
  for (const name of ['access_token', 'token', 'authorization']) {
    const response = await call({ 'x-user-id': userId }, `/caller?${name}=${token}`)
    t.equal(response.statusCode, 401, `in the query as ${name}`)
  }
})
