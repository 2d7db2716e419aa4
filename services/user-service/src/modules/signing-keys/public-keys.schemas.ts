import { OneOf, ref } from '@crm/service-kit/http/schemas.ts'
import { type Static, Type } from '@sinclair/typebox'
import { examplePublicKey } from './public-keys.examples.ts'

export const PublicKey = Type.Object(
  {
    kty: OneOf(['OKP'], { examples: [examplePublicKey.kty] }),
    crv: OneOf(['Ed25519'], { examples: [examplePublicKey.crv] }),
    x: Type.String({ description: 'The key, base64url.', examples: [examplePublicKey.x] }),
    kid: Type.String({ description: 'Its id, as in the header of the tokens it signed.', examples: [examplePublicKey.kid] }),
    use: OneOf(['sig'], { examples: [examplePublicKey.use] }),
    alg: OneOf(['EdDSA'], { examples: [examplePublicKey.alg] }),
  },
  {
    $id: 'PublicKey',
    description: 'A key that access tokens are checked with, as JSON Web Key (RFC 7517, RFC 8037).',
    examples: [examplePublicKey],
  },
)
export type PublicKey = Static<typeof PublicKey>

export const PublicKeySet = Type.Object(
  { keys: Type.Array(ref(PublicKey)) },
  { $id: 'PublicKeySet', description: 'Every key that a valid access token may be signed with.', examples: [{ keys: [examplePublicKey] }] },
)
export type PublicKeySet = Static<typeof PublicKeySet>
