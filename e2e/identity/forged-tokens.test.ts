import { createPublicKey, randomUUID } from 'node:crypto'
import { type Forgery, forgedTokens } from '@crm/testing/tokens/forged-tokens.ts'
import type { TokenParts } from '@crm/testing/tokens/token-signer.ts'
import { wrongTokens } from '@crm/testing/tokens/wrong-tokens.ts'
import t from 'tap'
import { attemptAt, type Door, shows } from './doors.ts'
import { type Kind, tryKinds } from './kinds.ts'
import { type Ring, standsOpen, startRing } from './ring.ts'
import { claimsOf, type Session } from './sessions.ts'
import { publishedKeys } from './system.ts'

t.setTimeout(300_000)

t.test('forged tokens', async (t) => {
  const ring = await startRing(t)
  const forged = forgedTokens({ token: ring.west.accessToken, publicKeyPem: await publicKeyOf(ring) })
  const kinds = [...forged, ...mixed(ring)].map(bearerOf(ring))
  const { attempts, accepted } = await tryKinds(t, { ...ring, kinds })
  t.comment(`forged tokens: ${kinds.length} kinds, ${attempts} attempts at ${ring.doors.length} doors, accepted ${accepted}`)
  t.ok(kinds.length >= 40)
  t.equal(accepted, 0)
  await standsOpen(t, ring)
})

t.test('tokens with the signature of a published key that say something they may not', async (t) => {
  const ring = await startRing(t)
  const { signer, west } = ring
  const good = shownBy(ring, signer.token(partsOf(west)))
  for (const door of ring.doors) t.equal(await good(door), 'west', `without a fault it is taken, at ${door.name}`)
  const wrong = wrongTokens({ ...signer, token: (parts) => signer.token(partsOf(west, parts)) })
  const kinds = [...wrong, ...ofNoSession(ring)].map(bearerOf(ring))
  const { attempts, accepted } = await tryKinds(t, { ...ring, kinds })
  t.comment(`wrong tokens: ${kinds.length} kinds, ${attempts} attempts at ${ring.doors.length} doors, accepted ${accepted}`)
  t.ok(kinds.length >= 40)
  t.equal(accepted, 0)
  for (const door of ring.doors) t.equal(await good(door), 'west', `and still is, at ${door.name}`)
  await standsOpen(t, ring)
})

async function publicKeyOf({ system, signer }: Ring): Promise<string> {
  const key = (await publishedKeys(system.urls.gateway)).find(({ kid }) => kid !== signer.kid)
  if (!key) throw new Error('user-service publishes no key of its own')
  return createPublicKey({ key: { ...key }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString()
}

/** What is put together from two genuine tokens. */
function mixed({ west, global }: Ring): Forgery[] {
  const [header, , signature] = west.accessToken.split('.')
  const [, payload, other] = global.accessToken.split('.')
  const claims = { ...claimsOf(west.accessToken), sub: global.userId }
  return [
    { what: "another user's payload under one's own signature", token: `${header}.${payload}.${signature}` },
    { what: "one's own payload under another user's signature", token: `${header}.${west.accessToken.split('.')[1]}.${other}` },
    { what: "one's own payload with another user's sub", token: `${header}.${encoded(claims)}.${signature}` },
    { what: "another user's payload without a signature", token: `${header}.${payload}.` },
    { what: 'the refresh token', token: west.refreshToken },
    { what: "the refresh token in the payload's place", token: `${header}.${west.refreshToken}.${signature}` },
    { what: 'the user id', token: global.userId },
    { what: 'the session id', token: west.sessionId },
  ]
}

/** Well-signed tokens whose session is not one of their user's. */
function ofNoSession({ signer, west, global }: Ring): Forgery[] {
  const unknown = randomUUID()
  const of = (sub: string, sid: string) => signer.token({ claims: { sub, sid } })
  return [
    { what: "another user's session", token: of(west.userId, global.sessionId) },
    { what: "another user, in one's own session", token: of(global.userId, west.sessionId) },
    { what: 'a session that there never was', token: of(west.userId, unknown) },
    { what: 'a user whom nobody knows', token: of(unknown, west.sessionId) },
    { what: 'the user for the session', token: of(west.userId, west.userId) },
  ]
}

function partsOf({ userId, sessionId }: Session, { header, claims }: TokenParts = {}): TokenParts {
  return { ...(header && { header }), claims: { sub: userId, sid: sessionId, ...claims } }
}

/** Services hear from the forger what they want to hear: that the caller is who the token says. */
function bearerOf({ west }: Ring): (forgery: Forgery) => Kind {
  return ({ what, token }) => {
    const sub = claimsOf(token)?.sub
    const userId = typeof sub === 'string' && sub !== '' ? sub : west.userId
    return { what, at: (door) => ({ lines: shows(door, `Bearer ${token}`, userId) }) }
  }
}

function shownBy({ viewers, west }: Ring, token: string): (door: Door) => Promise<string> {
  return async (door) => viewers.of(door, await attemptAt(door, { what: 'good', lines: shows(door, `Bearer ${token}`, west.userId) }))
}

function encoded(claims: object): string {
  return Buffer.from(JSON.stringify(claims)).toString('base64url')
}
