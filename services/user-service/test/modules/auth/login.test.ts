import t from 'tap'
import { startService, unknownId, userIds } from '../../fixture.ts'
import { claimsOf, emailOf, givePassword, hashesOf, headerOf, login, password, signIn } from '../../sign-in.ts'

const service = await startService(t)
const { call, db, eventsOf } = service
await givePassword(service, 'westUser', 'westAdmin', 'westInactive', 'closedUser', 'closedChildUser', 'root')

t.test('who knows the password gets an access token, a refresh token and themselves', async (t) => {
  const { status, body, headers } = await login(service, 'westUser', { email: ' WestUser@Example.com ' })
  t.equal(status, 200)
  t.match(body, { expiresIn: 900, refreshToken: /^[A-Za-z0-9_-]{43}$/, user: { id: userIds.westUser, email: emailOf('westUser') } })
  t.match(headers, { 'cache-control': 'private, no-store', 'set-cookie': undefined })
  const { keys } = (await call('GET', '/.well-known/jwks.json')).body
  t.strictSame(headerOf(body.accessToken), { alg: 'EdDSA', typ: 'at+jwt', kid: keys[0].kid })
  const claims = claimsOf(body.accessToken)
  t.match(claims, { iss: 'crm', aud: 'crm-api', sub: userIds.westUser, sid: /^[0-9a-f-]{36}$/, jti: /.+/ })
  t.equal(claims.exp - claims.iat, 900)
})

t.test('a session that begins is told of by user, without a sequence', async (t) => {
  const { sessionId } = await signIn(service, 'westAdmin')
  const events = (await eventsOf(userIds.westAdmin)).filter(({ payload }) => payload.sessionId === sessionId)
  t.match(events, [
    {
      type: 'identity.session.started',
      sequence: null,
      payload: { userId: userIds.westAdmin, actorUserId: userIds.westAdmin, address: '127.0.0.1' },
    },
  ])
})

const refused: [string, object, object][] = [
  ['an unknown email', { email: 'nobody@example.com' }, { userId: null, companyId: null, reason: 'UNKNOWN_USER' }],
  ['a wrong password', { password: 'wrong' }, { userId: userIds.westUser, reason: 'WRONG_CREDENTIALS' }],
  ['a user without a password', { email: emailOf('eastUser') }, { userId: userIds.eastUser, reason: 'WRONG_CREDENTIALS' }],
  ['an inactive user', { email: emailOf('westInactive') }, { userId: userIds.westInactive, reason: 'INACTIVE' }],
  ['a user of an inactive company', { email: emailOf('closedUser') }, { userId: userIds.closedUser, reason: 'INACTIVE' }],
  ['a user below an inactive company', { email: emailOf('closedChildUser') }, { userId: userIds.closedChildUser, reason: 'INACTIVE' }],
]

t.test('every refusal is the same answer, after one hash', async (t) => {
  const answers = []
  for (const [who, body, payload] of refused) {
    await db.sql`delete from outbox`
    const before = await hashesOf(service, 'check')
    const { status, body: problem, headers } = await login(service, 'westUser', body)
    t.equal(await hashesOf(service, 'check'), before + 1, `${who}: one hash`)
    t.match({ status, headers }, { status: 401, headers: { 'www-authenticate': /Bearer/ } }, who)
    answers.push({ ...problem, requestId: '' })
    const events = await db.sql`select type, record_id as "recordId", payload from outbox`
    t.match(events, [{ type: 'identity.session.rejected', payload }], who)
    if (events[0]?.payload.userId) t.equal(events[0]?.recordId, events[0]?.payload.userId, 'keyed by user')
  }
  for (const answer of answers) t.strictSame(answer, answers[0])
  t.match(answers[0], { code: 'invalid_credentials', detail: 'The email or the password is wrong.' })
})

t.test('refusals of emails that nobody has are spread over keys, so that a flood of them is no one key', async (t) => {
  await db.sql`delete from outbox`
  for (let n = 0; n < 3; n++) t.equal((await login(service, 'westUser', { email: 'nobody@example.com' })).status, 401)
  const events = await db.sql<{ key: string }[]>`select record_id as key from outbox where type = 'identity.session.rejected'`
  t.equal(new Set(events.map(({ key }) => key)).size, 3)
  for (const { key } of events) t.match(key, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('a password that is changed while it is being checked starts no session', async (t) => {
  const [blocker, waiting] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const changing = db.transaction(async (tx) => {
    await tx.sql`update users set password_hash = password_hash || 'x' where id = ${userIds.root}`
    waiting.resolve()
    await blocker.promise
  })
  await waiting.promise
  const answer = login(service, 'root')
  while ((await db.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length === 0)
    await new Promise(setImmediate)
  blocker.resolve()
  await changing
  t.match(await answer, { status: 401, body: { code: 'invalid_credentials' } })
  t.same(await db.sql`select from sessions where user_id = ${userIds.root}`, [])
  await givePassword(service, 'root')
})

t.test('input that no login can have is refused before it counts', async (t) => {
  for (const body of [
    {},
    { email: emailOf('root') },
    { email: 'root', password },
    { email: emailOf('root'), password, extra: 1 },
    { email: emailOf('root'), password, session: 'other' },
  ]) {
    t.match(await call('POST', '/v1/auth/login', { body }), { status: 400, body: { code: 'validation_failed' } })
  }
  const shown = JSON.stringify(await call('POST', '/v1/auth/login', { body: { email: 'root', password: 'hunter2' } }))
  t.notMatch(shown, 'hunter2')
})

t.test('logins take no Idempotency-Key and no caller: each begins a session of its own', async (t) => {
  const headers = { 'idempotency-key': 'once', 'x-user-id': unknownId, authorization: 'Bearer nonsense' }
  const [one, two] = [await login(service, 'westUser', {}, headers), await login(service, 'westUser', {}, headers)]
  t.match([one, two], [{ status: 200 }, { status: 200 }])
  t.not(claimsOf(one.body.accessToken).sid, claimsOf(two.body.accessToken).sid)
})
