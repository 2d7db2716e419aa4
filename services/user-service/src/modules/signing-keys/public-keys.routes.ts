import { createPublicKey } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { KeyRing } from './key-ring.ts'
import { getPublicKeysOperation } from './public-keys.operations.ts'
import { PublicKey, PublicKeySet } from './public-keys.schemas.ts'

export interface PublicKeyRoutesOptions {
  keys: Pick<KeyRing, 'published'>
}

/** Half of the time that a key is published before it signs. */
const maxAgeSeconds = 30

export const publicKeyRoutes: FastifyPluginAsyncTypebox<PublicKeyRoutesOptions> = async (app, { keys }) => {
  for (const schema of [PublicKey, PublicKeySet]) app.addSchema(schema)
  app.get('/.well-known/jwks.json', { schema: getPublicKeysOperation }, async (_request, reply) => {
    const published = await keys.published()
    reply.header('cache-control', `public, max-age=${maxAgeSeconds}`)
    return { keys: published.map(({ id, publicKey }) => asJsonWebKey(id, publicKey)) }
  })
}

function asJsonWebKey(kid: string, pem: string): PublicKey {
  const { x = '' } = createPublicKey(pem).export({ format: 'jwk' })
  return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' }
}
