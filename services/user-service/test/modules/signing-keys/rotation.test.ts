import { createPublicKey } from 'node:crypto'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { ensureSigningKey } from '../../../src/modules/signing-keys/ensure-signing-key.ts'
import { createKeyRing } from '../../../src/modules/signing-keys/key-ring.ts'
import { WrongSecretError } from '../../../src/modules/signing-keys/private-key-encryption.ts'
import { pruneSigningKeys } from '../../../src/modules/signing-keys/prune-signing-keys.ts'
import { replaceSigningKeys } from '../../../src/modules/signing-keys/replace-signing-keys.ts'
import { KeyWaitingError, rotateSigningKey } from '../../../src/modules/signing-keys/rotate-signing-key.ts'
import { readSigningKeys } from '../../../src/modules/signing-keys/signing-keys.repository.ts'
import { signingKeySecret as secret, startDatabase, startService, type TestService } from '../../fixture.ts'
import { givePassword, hashesOf, headerOf, login, refresh, signIn } from '../../sign-in.ts'

const wrong = 'another secret of 32 characters or more'

async function start(t: Test) {
  const service = await startService(t)
  await givePassword(service, 'westUser')
  return service
}

/** As if so much time had passed for the keys; another instance then reads them as they are. */
async function later(t: Test, { db, url }: TestService, seconds: number): Promise<TestService> {
  await db.sql`update signing_keys set signs_from = signs_from - ${seconds} * interval '1 second'`
  return startService(t, { url })
}

const publishedBy = async ({ call }: TestService) =>
  (await call('GET', '/.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid)

/** A database with its first key. */
async function withKey(t: Test) {
  const db = await startDatabase(t, { isEmpty: true })
  await ensureSigningKey(db, secret)
  return db
}

t.test('the first key is made once, however many instances start', async (t) => {
  const db = await startDatabase(t, { isEmpty: true })
  await Promise.all(Array.from({ length: 6 }, () => createKeyRing(db, { secret }).prepare()))
  t.match(await readSigningKeys(db), [{ state: 'signing' }])
  t.equal((await readSigningKeys(db)).length, 1)
})

t.test('public keys are JSON Web Keys that others may remember for half a minute', async (t) => {
  const { call, db } = await start(t)
  const { status, headers, body } = await call('GET', '/.well-known/jwks.json')
  t.match({ status, headers }, { status: 200, headers: { 'cache-control': 'public, max-age=30' } })
  const [row] = await db.sql`select id, public_key as "publicKey" from signing_keys`
  t.same(Object.keys(body.keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  t.match(body.keys, [{ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA', kid: row?.id }])
  t.equal(createPublicKey({ key: body.keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' }), row?.publicKey)
})

t.test('a new key is published before it signs, and tokens of the old one go on', async (t) => {
  const service = await start(t)
  const before = await signIn(service, 'westUser')
  const { kid: oldKey } = headerOf(before.accessToken)
  const { id: newKey, signsFrom } = await rotateSigningKey(service.db, secret)
  t.ok(signsFrom.getTime() > Date.now() + 55_000)

  const published = await later(t, service, 20)
  t.same(await publishedBy(published), [oldKey, newKey])
  t.equal(headerOf((await signIn(published, 'westUser')).accessToken).kid, oldKey, 'it does not sign yet')

  const signing = await later(t, service, 50)
  const after = await signIn(signing, 'westUser')
  t.equal(headerOf(after.accessToken).kid, newKey)
  t.same(await publishedBy(signing), [oldKey, newKey])
  for (const { headers } of [before, after]) t.equal((await signing.call('GET', '/v1/users/me', { headers })).status, 200)

  const ended = await later(t, service, 16 * 60)
  t.same(await publishedBy(ended), [newKey])
  t.match(await ended.call('GET', '/v1/users/me', { headers: before.headers }), { status: 401 })
  t.match(await ended.call('GET', '/v1/users/me', { headers: after.headers }), { status: 200 })
  t.equal(await pruneSigningKeys(service.db), 1)
  t.match(await readSigningKeys(service.db), [{ id: newKey, state: 'signing' }])
})

t.test('an instance that runs notices a new key long before it signs', async (t) => {
  const db = await withKey(t)
  let now = 0
  const ring = createKeyRing(db, { secret, now: () => now })
  const { id: first } = await ring.signer()
  const { id: second } = await rotateSigningKey(db, secret)
  t.same(
    (await ring.published()).map(({ id }) => id),
    [first],
  )
  now += 5_000
  t.same(
    (await ring.published()).map(({ id }) => id),
    [first, second],
  )
  t.match(await ring.find(second), /BEGIN PUBLIC KEY/)
  t.equal(await ring.find('unknown'), undefined)
  await db.sql`update signing_keys set signs_from = now() - interval '1 second' where id = ${second}`
  now += 5_000
  t.equal((await ring.signer()).id, second)
})

t.test('a database that was away is asked again', async (t) => {
  const db = await withKey(t)
  const ring = createKeyRing(db, { secret })
  await db.sql`alter table signing_keys rename to signing_keys_away`
  await t.rejects(ring.signer(), { code: '42P01' })
  await db.sql`alter table signing_keys_away rename to signing_keys`
  t.match(await ring.signer(), { pem: /PRIVATE KEY/ })
})

t.test('no key is made while another waits, and of two rotations at once one is made', async (t) => {
  const db = await withKey(t)
  const outcomes = await Promise.allSettled([rotateSigningKey(db, secret), rotateSigningKey(db, secret)])
  t.same(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  t.ok(outcomes.some((outcome) => outcome.status === 'rejected' && outcome.reason instanceof KeyWaitingError))
  t.equal((await readSigningKeys(db)).length, 2)
})

t.test('with another secret no key is made, and none is used', async (t) => {
  const db = await withKey(t)
  await t.rejects(rotateSigningKey(db, wrong), WrongSecretError)
  t.equal((await readSigningKeys(db)).length, 1)
  const ring = createKeyRing(db, { secret: wrong })
  await t.rejects(ring.prepare(), { name: 'StartError', message: /^SIGNING_KEY_SECRET is not the one/ })
})

t.test('a key that was stolen is replaced at once: what it signed is refused', async (t) => {
  const service = await start(t)
  const { headers, refreshToken } = await signIn(service, 'westUser')
  t.match(await replaceSigningKeys(service.db, secret), { deleted: 1 })
  const other = await startService(t, { url: service.url })
  t.match(await other.call('GET', '/v1/users/me', { headers }), { status: 401 })
  t.match(await other.call('POST', '/v1/auth/refresh', { body: { refreshToken } }), { status: 200 }, 'sessions go on')
})

t.test('a mistyped secret replaces no key, one that has changed on purpose does', async (t) => {
  const db = await withKey(t)
  const before = await readSigningKeys(db)
  await t.rejects(replaceSigningKeys(db, wrong), WrongSecretError)
  await t.rejects(replaceSigningKeys(db, wrong, { secretChanged: false }), WrongSecretError)
  t.strictSame(await readSigningKeys(db), before)
  const { id, deleted } = await replaceSigningKeys(db, wrong, { secretChanged: true })
  t.equal(deleted, 1)
  t.match(await createKeyRing(db, { secret: wrong }).signer(), { id, pem: /PRIVATE KEY/ })
  t.match(await replaceSigningKeys(db, wrong, { secretChanged: true }), { deleted: 1 }, 'it may also be the same')
})

t.test('without a key to compare with, any secret replaces', async (t) => {
  const db = await startDatabase(t, { isEmpty: true })
  t.match(await replaceSigningKeys(db, secret), { deleted: 0 })
})

t.test(
  'an instance that has the old secret still answers 503 to logins and refreshes, says why in its log, and loses no session',
  async (t) => {
    const lines: string[] = []
    const service = await startService(t, { log: (line) => lines.push(line) })
    await givePassword(service, 'westUser')
    const { refreshToken } = await signIn(service, 'westUser')
    await replaceSigningKeys(service.db, wrong, { secretChanged: true })
    const noticed = async () => (await login(service, 'westUser')).status === 503
    t.ok(await until(noticed, { timeoutMs: 20_000, intervalMs: 250, what: 'the instance reads the keys anew' }))
    const sessions = await service.db.sql`select id from sessions`
    const hashes = await hashesOf(service, 'check')
    lines.length = 0
    for (const answer of [await login(service, 'westUser'), await refresh(service, refreshToken)]) {
      t.match(answer, { status: 503, body: { code: 'unavailable' }, headers: { 'retry-after': '30' } })
      t.notMatch(JSON.stringify(answer.body), /secret|key/i)
    }
    const errors = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
    t.equal(errors.length, 2)
    for (const { err } of errors) t.match(err.message, /^SIGNING_KEY_SECRET is not the one .* start this instance again/)
    t.strictSame(await service.db.sql`select id from sessions`, sessions, 'no session began that nobody could use')
    t.equal(await hashesOf(service, 'check'), hashes)
    t.match(await service.call('GET', '/.well-known/jwks.json'), { status: 200 }, 'what others sign is still checked')
    const restarted = await startService(t, { url: service.url, config: { SIGNING_KEY_SECRET: wrong } })
    t.match(await refresh(restarted, refreshToken), { status: 200 }, 'the token was not used up')
  },
)
