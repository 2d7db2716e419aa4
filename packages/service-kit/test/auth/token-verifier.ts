import { createTokenSigner, type TokenSigner } from '@crm/testing/tokens/token-signer.ts'
import Fastify from 'fastify'
import type { Test } from 'tap'
import { createTokenVerifier } from '../../src/auth/access-token.ts'
import type { PublicKeys } from '../../src/auth/public-keys.ts'

/** The keys of one signer, and which ids were looked for. */
export function keysOf(...signers: TokenSigner[]): { keys: PublicKeys; looked: string[] } {
  const looked: string[] = []
  const keys: PublicKeys = {
    async find(kid) {
      looked.push(kid)
      return signers.find((signer) => signer.kid === kid)?.publicKeyPem
    },
  }
  return { keys, looked }
}

/** A verifier that knows one signer's key. */
export async function verifierOf(t: Test, signer: TokenSigner = createTokenSigner()) {
  const { keys, looked } = keysOf(signer)
  const verify = await verifierFor(t, keys)
  return { signer, verify, looked }
}

export async function verifierFor(t: Test, keys: PublicKeys) {
  const app = Fastify()
  t.teardown(() => app.close())
  return createTokenVerifier(app, { issuer: 'crm', audience: 'crm-api', keys })
}
