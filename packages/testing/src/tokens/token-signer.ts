import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'

/** A public signing key as a key set lists it. */
export interface SigningKeyJwk {
  kty: 'OKP'
  crv: 'Ed25519'
  x: string
  kid: string
  use: 'sig'
  alg: 'EdDSA'
}

export interface TokenParts {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
}

/** A key pair of a test, which plays user-service where there is none. */
export interface TokenSigner {
  kid: string
  publicKeyPem: string
  jwk: SigningKeyJwk
  /** An access token that is valid for 15 minutes, but for what `changes` sets or, by undefined, leaves out. */
  token(changes?: TokenParts): string
  /** Header and payload as they stand, with this key's signature. */
  signed(header: string, payload: string): string
}

export const tokenUserId = '01980000-0000-7000-8000-00000000abcd'
export const tokenSessionId = '01980000-0000-7000-8000-00000000e551'

export function createTokenSigner({ kid = 'test-key', issuer = 'crm', audience = 'crm-api' } = {}): TokenSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x } = publicKey.export({ format: 'jwk' })
  if (x === undefined) throw new Error('the key has no public part')
  const signed = (header: string, payload: string) => {
    const input = `${base64url(header)}.${base64url(payload)}`
    return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`
  }
  return {
    kid,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    jwk: { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' },
    signed,
    token({ header, claims } = {}) {
      const now = Math.floor(Date.now() / 1000)
      const standard = { iss: issuer, aud: audience, sub: tokenUserId, sid: tokenSessionId, jti: randomUUID(), iat: now, exp: now + 900 }
      return signed(JSON.stringify({ alg: 'EdDSA', typ: 'at+jwt', kid, ...header }), JSON.stringify({ ...standard, ...claims }))
    },
  }
}

export function base64url(text: string | Buffer): string {
  return Buffer.from(text).toString('base64url')
}
