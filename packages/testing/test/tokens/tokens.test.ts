import { createPublicKey, verify } from 'node:crypto'
import t from 'tap'
import { forgedTokens } from '../../src/tokens/forged-tokens.ts'
import { createTokenSigner, tokenUserId } from '../../src/tokens/token-signer.ts'
import { wrongTokens } from '../../src/tokens/wrong-tokens.ts'

function isSigned(token: string, publicKeyPem: string): boolean {
  const end = token.lastIndexOf('.')
  return verify(null, Buffer.from(token.slice(0, end)), createPublicKey(publicKeyPem), Buffer.from(token.slice(end + 1), 'base64url'))
}

const decoded = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString())

t.test('a signer makes access tokens by its key, and changes what it is told', async (t) => {
  const signer = createTokenSigner({ kid: 'k' })
  const token = signer.token({ claims: { aud: undefined }, header: { typ: 'JWT' } })
  t.ok(isSigned(token, signer.publicKeyPem))
  t.notOk(isSigned(token, createTokenSigner().publicKeyPem))
  const [header, claims] = token.split('.')
  t.strictSame(decoded(header), { alg: 'EdDSA', typ: 'JWT', kid: 'k' })
  t.match(decoded(claims), { iss: 'crm', sub: tokenUserId })
  t.notOk('aud' in decoded(claims))
  const published = createPublicKey({ key: { ...signer.jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  t.equal(published, signer.publicKeyPem)
})

t.test('no forged token is the genuine one, or has its signature over its own text', async (t) => {
  const signer = createTokenSigner()
  const genuine = signer.token()
  const forged = forgedTokens({ token: genuine, publicKeyPem: signer.publicKeyPem })
  t.ok(forged.length >= 40, `${forged.length} kinds`)
  t.equal(new Set(forged.map(({ token }) => token)).size, forged.length, 'each is another')
  for (const { what, token } of forged) {
    t.not(token, genuine, what)
    // Those that only add dots or padding to the genuine one are wrong by their shape.
    if (token.split('.').length === 3 && /^[\w.-]+$/.test(token)) t.notOk(isSigned(token, signer.publicKeyPem), what)
  }
})

t.test('every wrong token is signed, so that nothing but what it says is wrong', async (t) => {
  const signer = createTokenSigner()
  const wrong = wrongTokens(signer)
  t.ok(wrong.length >= 40, `${wrong.length} kinds`)
  t.equal(new Set(wrong.map(({ what }) => what)).size, wrong.length, 'each by its own name')
  for (const { what, token } of wrong) t.ok(isSigned(token, signer.publicKeyPem), what)
})
