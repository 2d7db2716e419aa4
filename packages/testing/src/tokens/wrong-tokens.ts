import type { Forgery } from './forged-tokens.ts'
import { type TokenParts, type TokenSigner, tokenUserId } from './token-signer.ts'

/** Tokens with the right key's signature that say something they may not. None may be accepted. */
export function wrongTokens(signer: TokenSigner): Forgery[] {
  const now = Math.floor(Date.now() / 1000)
  const claims = (what: string, changes: Record<string, unknown>): [string, TokenParts] => [what, { claims: changes }]
  const header = (what: string, changes: Record<string, unknown>): [string, TokenParts] => [what, { header: changes }]
  const required = ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp']
  const wrong: [string, TokenParts][] = [
    ...required.map((claim) => claims(`no ${claim}`, { [claim]: undefined })),
    ...required.map((claim) => claims(`null for ${claim}`, { [claim]: null })),
    ...required.map((claim) => claims(`an object for ${claim}`, { [claim]: { value: 1 } })),
    ...['iss', 'aud', 'sub', 'sid', 'jti'].flatMap((claim) => [
      claims(`a number for ${claim}`, { [claim]: 1 }),
      claims(`an empty ${claim}`, { [claim]: '' }),
    ]),
    ...['iat', 'exp', 'nbf'].map((claim) => claims(`text for ${claim}`, { [claim]: String(now) })),
    claims('another issuer', { iss: 'https://login.example.com' }),
    claims('an issuer that begins alike', { iss: 'crm.example.com' }),
    claims('the issuer in another case', { iss: 'CRM' }),
    claims('a list of issuers', { iss: ['crm'] }),
    claims('another audience', { aud: 'billing-api' }),
    claims('other audiences', { aud: ['billing-api', 'mail-api'] }),
    claims('no audience in the list', { aud: [] }),
    claims('an audience that is no text', { aud: ['crm-api', 1] }),
    claims('a subject that is no id', { sub: 'admin@crm.com' }),
    claims('two subjects', { sub: [tokenUserId] }),
    claims('a session that is no id', { sid: 'session' }),
    claims('an end six seconds ago', { iat: now - 906, exp: now - 6 }),
    claims('an end in 1970', { exp: 0 }),
    claims('a beginning in a minute', { nbf: now + 60 }),
    claims('an issue in a minute', { iat: now + 60, exp: now + 960 }),
    header('no typ', { typ: undefined }),
    header('null for typ', { typ: null }),
    header('a number for typ', { typ: 1 }),
    ...['', 'JWT', 'at', 'jwt+at', 'id+jwt', 'refresh+jwt', 'at+jwt+more', 'application/jwt'].map((typ) =>
      header(`typ ${JSON.stringify(typ)}`, { typ }),
    ),
    header('a critical extension', { crit: ['tenant'], tenant: 'acme' }),
    header('a critical extension that is not there', { crit: ['tenant'] }),
    header('a payload that is not encoded', { crit: ['b64'], b64: false }),
    ...[[], ['exp'], 'tenant', null, false, 0, {}].map((crit) => header(`crit ${JSON.stringify(crit)}`, { crit })),
    ...['EdDSa', 'Ed25519', 'HS256', 'none'].map((alg) => header(`alg ${alg}`, { alg })),
  ]
  return [
    ...wrong.map(([what, changes]) => ({ what, token: signer.token(changes) })),
    ...['null', '[]', '"text"', '1'].map((payload) => ({
      what: `${payload} for the claims`,
      token: signer.signed(JSON.stringify({ alg: 'EdDSA', typ: 'at+jwt', kid: signer.kid }), payload),
    })),
  ]
}
