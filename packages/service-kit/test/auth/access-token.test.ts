import { until } from '@crm/testing/poll.ts'
import { forgedTokens } from '@crm/testing/tokens/forged-tokens.ts'
import { createTokenSigner, type TokenParts, tokenSessionId, tokenUserId } from '@crm/testing/tokens/token-signer.ts'
import { wrongTokens } from '@crm/testing/tokens/wrong-tokens.ts'
import t from 'tap'
import { AppError } from '../../src/errors/app-error.ts'
import { verifierFor, verifierOf } from './token-verifier.ts'

const invalid = {
  name: 'AppError',
  code: 'unauthenticated',
  status: 401,
  headers: { 'www-authenticate': 'Bearer realm="crm", error="invalid_token"' },
}
const seconds = () => Math.floor(Date.now() / 1000)

t.test('an access token names its user, its session, the key that signed it and its end', async (t) => {
  const { signer, verify } = await verifierOf(t)
  const exp = seconds() + 900
  t.strictSame(await verify(signer.token({ claims: { exp } })), {
    userId: tokenUserId,
    sessionId: tokenSessionId,
    keyId: signer.kid,
    expiresAt: new Date(exp * 1000),
  })
})

const accepted: [string, () => TokenParts][] = [
  ['several audiences with ours among them', () => ({ claims: { aud: ['billing-api', 'crm-api'] } })],
  ['the type as a media type', () => ({ header: { typ: 'application/at+jwt' } })],
  ['the type in another case', () => ({ header: { typ: 'AT+JWT' } })],
  ['an end that is past by less than clocks may differ', () => ({ claims: { exp: seconds() - 3 } })],
  ['an issue in four seconds, as clocks differ', () => ({ claims: { iat: seconds() + 4 } })],
  ['a beginning that is past', () => ({ claims: { nbf: seconds() - 60 } })],
  ['claims that nobody asked for', () => ({ claims: { scope: 'everything' } })],
]
for (const [what, parts] of accepted) {
  t.test(`${what} is valid`, async (t) => {
    const { signer, verify } = await verifierOf(t)
    t.match(await verify(signer.token(parts())), { userId: tokenUserId })
  })
}

t.test('keys that a valid token brings or names are not looked at', async (t) => {
  const { signer, verify, looked } = await verifierOf(t)
  const url = 'http://127.0.0.1:1/keys.json'
  const header = { jwk: createTokenSigner().jwk, jku: url, x5u: url }
  t.match(await verify(signer.token({ header })), { userId: tokenUserId })
  t.strictSame(looked, [signer.kid])
})

t.test('forged and wrong tokens are refused', async (t) => {
  const { signer, verify } = await verifierOf(t)
  const genuine = signer.token()
  const tables = { forged: forgedTokens({ token: genuine, publicKeyPem: signer.publicKeyPem }), wrong: wrongTokens(signer) }
  for (const [kind, tokens] of Object.entries(tables)) {
    for (const { what, token } of tokens) await t.rejects(verify(token), invalid, `${kind}: ${what}`)
  }
  t.match(await verify(genuine), { userId: tokenUserId }, 'the token they were made from is valid all the while')
  t.comment(`${tables.forged.length} forged, ${tables.wrong.length} wrong`)
})

t.test('the same hold against a verifier that has just accepted the genuine token', async (t) => {
  const { signer, verify } = await verifierOf(t)
  const genuine = signer.token()
  await verify(genuine)
  const accepted: string[] = []
  for (const { what, token } of forgedTokens({ token: genuine, publicKeyPem: signer.publicKeyPem })) {
    await verify(token).then(
      () => accepted.push(what),
      () => undefined,
    )
  }
  t.strictSame(accepted, [])
})

t.test('no key is looked for on behalf of a token that names no algorithm of ours', async (t) => {
  const { signer, verify, looked } = await verifierOf(t)
  for (const header of [{ alg: 'HS256' }, { alg: 'none' }, { kid: undefined }, { kid: 1 }, { kid: '' }, { kid: 'k'.repeat(256) }]) {
    await t.rejects(verify(signer.token({ header })), invalid)
  }
  t.strictSame(looked, [])
})

t.test('a token that was valid a moment ago ends all the same', async (t) => {
  const { signer, verify } = await verifierOf(t)
  // Two of the five seconds by which clocks may differ are left.
  const token = signer.token({ claims: { iat: seconds() - 900, exp: seconds() - 3 } })
  await verify(token)
  const refused = async () => (await verify(token).catch((error: unknown) => error)) instanceof AppError
  await until(refused, { timeoutMs: 10_000, intervalMs: 50, what: 'the token has ended' })
  await t.rejects(verify(token), invalid)
})

t.test('a token that was valid a moment ago is refused once its key is no longer published', async (t) => {
  const signer = createTokenSigner()
  let published: string | undefined = signer.publicKeyPem
  const verify = await verifierFor(t, { find: async () => published })
  const token = signer.token()
  await verify(token)
  t.match(await verify(token), { userId: tokenUserId })
  published = undefined
  await t.rejects(verify(token), invalid)
})

t.test('a refused token is looked at anew: its key may be published by now', async (t) => {
  const signer = createTokenSigner()
  let published: string | undefined
  const verify = await verifierFor(t, { find: async () => published })
  const token = signer.token()
  await t.rejects(verify(token), invalid)
  published = signer.publicKeyPem
  t.match(await verify(token), { userId: tokenUserId })
})

t.test('while nobody can say which keys there are, a token is neither valid nor invalid', async (t) => {
  const away = new AppError('dependency_unavailable', 'away', { headers: { 'retry-after': '1' } })
  const verify = await verifierFor(t, { find: async () => Promise.reject(away) })
  const error = await verify(createTokenSigner().token()).catch((reason: unknown) => reason)
  t.equal(error, away)
})

t.test('a defect in the search for keys stays what it is', async (t) => {
  const defect = new TypeError('broken')
  const verify = await verifierFor(t, { find: async () => Promise.reject(defect) })
  const error = await verify(createTokenSigner().token()).catch((reason: unknown) => reason)
  t.equal(error, defect)
})
