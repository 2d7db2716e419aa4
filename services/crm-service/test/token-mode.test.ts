import { createPublicKey } from 'node:crypto'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import { forgedTokens } from '@crm/testing/tokens/forged-tokens.ts'
import { createTokenSigner } from '@crm/testing/tokens/token-signer.ts'
import t from 'tap'
import { replaceSigningKeys } from 'user-service/modules/signing-keys/replace-signing-keys.ts'
import { bearer, createLead, type Login, listLeads, logIn, loginOf, newLogin, untilStatus } from './logins.ts'
import { acmeAdmin, acmeEast, acmeWest, signingKeySecret, startSystem, west } from './system.ts'

t.test('token mode', async (t) => {
  const system = await startSystem(t, { authMode: 'token' })
  const { url } = system.userService
  const [westLogin, acmeLogin] = [await logIn(url, 'user.west@crm.com', 'west123'), await logIn(url, 'admin.acme@crm.com', 'acme123')]

  await t.test('the access token of a login lets its user in, as far as their role goes', async (t) => {
    t.equal((await createLead(system, westLogin, acmeWest)).status, 201)
    t.match(await createLead(system, westLogin, acmeEast), { status: 422, body: { code: 'company_not_found' } })
    t.equal((await createLead(system, acmeLogin, acmeEast)).status, 201)
    const seen = (await listLeads(system, westLogin)).body.data.map(({ companyId }) => companyId)
    t.strictSame(new Set(seen), new Set([acmeWest]))
  })

  await t.test('an access token lasts for 15 minutes', async (t) => {
    const { iat, exp } = JSON.parse(Buffer.from(westLogin.accessToken.split('.')[1] ?? '', 'base64url').toString())
    t.equal(exp - iat, 900)
  })

  await t.test('without it, or with that of another user, nobody is let in', async (t) => {
    const { accessToken } = westLogin
    const refused: [string, { as: string | undefined; token?: string }][] = [
      ['x-user-id alone', { as: west }],
      ['the token alone', { as: undefined, token: accessToken }],
      ['the x-user-id of another user', { as: acmeAdmin, token: accessToken }],
      ['the refresh token', { as: west, token: westLogin.refreshToken }],
    ]
    const asked = system.userService.requests().length
    for (const [what, caller] of refused) {
      const answer = await system.call('GET', '/v1/leads', caller)
      t.match(answer, { status: 401, body: { code: 'unauthenticated' }, headers: { 'www-authenticate': /^Bearer realm="crm"/ } }, what)
    }
    t.equal(system.userService.requests().length, asked, 'crm-service refuses by itself')
  })

  await t.test('no forged token is accepted', async (t) => {
    const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string; kty: string; crv: string; x: string }[]
    }
    const [key] = keys
    if (!key) throw new Error('no key is published')
    const publicKeyPem = createPublicKey({ key: { ...key }, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString()
    const forged = forgedTokens({ token: westLogin.accessToken, publicKeyPem })
    const own = createTokenSigner({ kid: key.kid }).token({ claims: { sub: acmeAdmin } })
    for (const { what, token } of [...forged, { what: 'one made by another issuer with the same key id', token: own }]) {
      for (const as of [west, acmeAdmin]) t.equal((await system.call('GET', '/v1/leads', { as, token })).status, 401, what)
    }
    t.equal((await listLeads(system, westLogin)).status, 200, 'the token they were made from is accepted all the while')
  })

  await t.test('two Authorization headers or two of x-user-id are refused', async (t) => {
    const headers = bearer(westLogin.accessToken)
    const repeated: Record<string, string[]>[] = [
      { authorization: [headers.authorization, headers.authorization] },
      { 'x-user-id': [west, west] },
    ]
    for (const twice of repeated) {
      const answer = await system.crm.inject({ url: '/v1/leads', headers: { ...headers, 'x-user-id': west, ...twice } })
      t.equal(answer.statusCode, 401, Object.keys(twice).join())
    }
  })

  await t.test('while user-service is away nobody is guessed, and all recovers by itself', async (t) => {
    const login = await logIn(url, 'user.west@crm.com', 'west123')
    t.equal((await listLeads(system, login)).status, 200)
    await system.userService.stop()
    await untilStatus(system, login, 503, 'requests get 503')
    t.match(await listLeads(system, login), { body: { code: 'dependency_unavailable' }, headers: { 'retry-after': '1' } })
    await system.userService.restart()
    await until(async () => (await listLeads(system, login)).status === 200, {
      timeoutMs: 30_000,
      intervalMs: 50,
      what: 'the token is taken again',
    })
  })
})

t.test('tokens of a new signing key are taken, those of a withdrawn one no more', async (t) => {
  const system = await startSystem(t, { authMode: 'token' })
  const kidOf = ({ accessToken }: Login) => JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString()).kid
  const login = await newLogin(system, 'CHILD_USER', acmeWest)
  t.equal((await listLeads(system, login)).status, 200)
  const db = connectDatabase({ url: system.userService.databaseUrl, applicationName: 'test' })
  t.teardown(() => db.close())
  const { id } = await replaceSigningKeys(db, signingKeySecret)
  const loginByNewKey = async () => {
    const next = await loginOf(system, login)
    return kidOf(next) === id && next
  }
  const next = await until(loginByNewKey, { timeoutMs: 15_000, intervalMs: 500, what: 'user-service signs with the new key' })
  await until(async () => (await listLeads(system, next)).status === 200, {
    timeoutMs: 10_000,
    intervalMs: 50,
    what: 'the new key is known',
  })
  await untilStatus(system, login, 401, 'the token of the withdrawn key is out')
  t.equal((await listLeads(system, next)).status, 200)
})

t.test('header mode checks a token that is shown, and that its session has not ended', async (t) => {
  const system = await startSystem(t)
  const { url } = system.userService
  const login = await logIn(url, 'user.west@crm.com', 'west123')
  t.equal((await system.call('GET', '/v1/leads', { as: west })).status, 200)
  t.equal((await listLeads(system, login)).status, 200)
  t.equal((await system.call('GET', '/v1/leads', { as: acmeAdmin, token: login.accessToken })).status, 401)
  t.equal((await system.call('GET', '/v1/leads', { as: west, token: createTokenSigner().token({ claims: { sub: west } }) })).status, 401)
  const headers = { ...bearer(login.accessToken), 'x-user-id': west, 'content-type': 'application/json' }
  const body = JSON.stringify({ refreshToken: login.refreshToken })
  t.equal((await fetch(`${url}/v1/auth/logout`, { method: 'POST', headers, body })).status, 204)
  await untilStatus(system, login, 401, 'the session is out')
  t.equal((await system.call('GET', '/v1/leads', { as: west })).status, 200, 'the header alone is believed as before')
})

t.test('a foreign Host is 421 in header mode, and served in token mode', async (t) => {
  for (const [authMode, status] of [
    ['header', 421],
    ['token', 401],
  ] as const) {
    const { crm } = await startSystem(t, { authMode })
    const answer = await crm.inject({ url: '/v1/leads', headers: { host: 'crm.example.com' } })
    t.equal(answer.statusCode, status, authMode)
  }
})
