import t, { type Test } from 'tap'
import { type Answer, companyIds, startService, type TestService, userIds } from '../../fixture.ts'
import { claimsOf, givePassword, login, refresh, signedIn, signIn } from '../../sign-in.ts'

const service = await startService(t)
const { call, db, eventsOf } = service
await givePassword(service, 'westUser', 'westAdmin', 'globexAdmin')

const moveReplaced = (seconds: number) => db.sql`
  update refresh_tokens set replaced_at = replaced_at - ${seconds} * interval '1 second' where replaced_at is not null`
const typesOf = async (user: keyof typeof userIds) => (await eventsOf(userIds[user])).map(({ type }) => type)

const invalid = { status: 401, body: { code: 'invalid_credentials' }, headers: { 'www-authenticate': /Bearer/ } }

t.test('a refresh gives the next tokens of the same session, and moves its end on', async (t) => {
  const first = await signIn(service, 'westUser')
  await db.sql`update sessions set expires_at = now() + interval '1 minute' where id = ${first.sessionId}`
  const answer = await refresh(service, first.refreshToken)
  t.match(answer, { status: 200, body: { expiresIn: 900, user: { id: userIds.westUser } } })
  const second = signedIn(answer)
  t.equal(second.sessionId, first.sessionId)
  t.not(second.refreshToken, first.refreshToken)
  t.not(claimsOf(second.accessToken).jti, claimsOf(first.accessToken).jti)
  const [row] = await db.sql`select expires_at > now() + interval '29 days' as later from sessions where id = ${first.sessionId}`
  t.equal(row?.later, true)
  t.match(await refresh(service, second.refreshToken), { status: 200 })
})

t.test('the previous token works for ten seconds more, and gives the current one', async (t) => {
  const first = await signIn(service, 'westUser')
  const second = (await refresh(service, first.refreshToken)).body.refreshToken
  await moveReplaced(5)
  t.match(await refresh(service, first.refreshToken), { status: 200, body: { refreshToken: second } })
  const third = (await refresh(service, second)).body.refreshToken
  t.equal((await refresh(service, first.refreshToken)).body.refreshToken, third, 'also when that one was replaced meanwhile')
  t.match(await refresh(service, third), { status: 200 })
})

t.test('a token shown again later ends the session, and everybody is told', async (t) => {
  const thief = await signIn(service, 'westAdmin')
  const owner = signedIn(await refresh(service, thief.refreshToken))
  await moveReplaced(11)
  t.match(await refresh(service, thief.refreshToken), invalid)
  t.match(await refresh(service, owner.refreshToken), invalid, 'the stolen session goes on for nobody')
  t.match(await call('GET', '/v1/users/me', { headers: owner.headers }), { status: 401, body: { code: 'unauthenticated' } })
  const events = (await eventsOf(userIds.westAdmin)).filter(({ payload }) => payload.sessionId === thief.sessionId)
  t.match(events, [
    { type: 'identity.session.started' },
    { type: 'identity.session.reuse-detected', sequence: null, payload: { actorUserId: null, address: '127.0.0.1' } },
    { type: 'identity.session.ended', payload: { reason: 'REUSE_DETECTED', actorUserId: null } },
  ])
  t.match(await refresh(service, thief.refreshToken), invalid)
  t.equal((await typesOf('westAdmin')).filter((type) => type.endsWith('reuse-detected')).length, 1, 'once')
})

t.test('an old token of long ago ends the session as the one before does', async (t) => {
  const { refreshToken: oldest, sessionId } = await signIn(service, 'westUser')
  let current = oldest
  for (let round = 0; round < 5; round++) current = (await refresh(service, current)).body.refreshToken
  await moveReplaced(11)
  t.match(await refresh(service, oldest), invalid)
  t.match(await db.sql`select ended_at is not null as ended from sessions where id = ${sessionId}`, [{ ended: true }])
})

t.test('two refreshes at the same moment go on with one token', async (t) => {
  for (let round = 0; round < 5; round++) {
    const { refreshToken, sessionId } = await signIn(service, 'globexAdmin')
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(service, refreshToken)))
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
    const tokens = new Set(answers.map(({ body }) => body.refreshToken))
    t.equal(tokens.size, 1)
    const [row] = await db.sql`select count(*)::int as live from refresh_tokens where session_id = ${sessionId} and replaced_at is null`
    t.equal(row?.live, 1)
    t.match(await refresh(service, [...tokens][0]), { status: 200 })
    await db.sql`delete from login_attempts`
  }
})

t.test('the same over two instances of the service', async (t) => {
  const other = await startService(t, { url: service.url })
  const { refreshToken } = await signIn(service, 'globexAdmin')
  const answers = await Promise.all([service, other, service, other].map((instance: TestService) => refresh(instance, refreshToken)))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.equal(new Set(answers.map(({ body }) => body.refreshToken)).size, 1)
})

const strangers: [string, (t: Test) => Promise<Answer>][] = [
  ['a token nobody was given', async () => refresh(service, 'x'.repeat(43))],
  ['what is no token', async () => refresh(service, 'no token')],
  ['nothing', async () => call('POST', '/v1/auth/refresh', { body: {} })],
  ['no body', async () => call('POST', '/v1/auth/refresh')],
  [
    'the token of a session that has expired',
    async () => {
      const { refreshToken, sessionId } = await signIn(service, 'westUser')
      await db.sql`update sessions set expires_at = now() - interval '1 second' where id = ${sessionId}`
      return refresh(service, refreshToken)
    },
  ],
  [
    'the token of a user who is inactive now',
    async (t) => {
      const { refreshToken } = await signIn(service, 'westUser')
      await db.sql`update users set is_active = false where id = ${userIds.westUser}`
      t.teardown(() => db.sql`update users set is_active = true where id = ${userIds.westUser}`)
      return refresh(service, refreshToken)
    },
  ],
  [
    'the token of a user below a company that is inactive now',
    async (t) => {
      const { refreshToken } = await signIn(service, 'westUser')
      await db.sql`update companies set is_active = false where id = ${companyIds.acme}`
      t.teardown(() => db.sql`update companies set is_active = true where id = ${companyIds.acme}`)
      return refresh(service, refreshToken)
    },
  ],
  [
    "a browser's token in a body",
    async () => {
      const headers = { host: 'localhost', origin: 'http://localhost' }
      const { headers: answered } = await login(service, 'westUser', { session: 'cookie' }, headers)
      const [, token = ''] = /crm_refresh=([^;]+)/.exec(String(answered['set-cookie'])) ?? []
      return refresh(service, token)
    },
  ],
]
for (const [what, ask] of strangers) {
  t.test(`${what} refreshes nothing`, async (t) => {
    await db.sql`delete from login_attempts`
    t.match(await ask(t), invalid)
  })
}

t.test('a logout ends the session and its access tokens; a second one is no error', async (t) => {
  const { refreshToken, headers, sessionId } = await signIn(service, 'westUser')
  const logout = () => call('POST', '/v1/auth/logout', { body: { refreshToken } })
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 200 })
  t.match(await logout(), { status: 204, body: '' })
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 401 })
  t.match(await refresh(service, refreshToken), invalid)
  t.match(await logout(), { status: 204 })
  t.match(await call('POST', '/v1/auth/logout'), { status: 204 })
  const ends = (await eventsOf(userIds.westUser)).filter(({ type, payload }) => type.endsWith('.ended') && payload.sessionId === sessionId)
  t.match(ends, [{ payload: { reason: 'LOGGED_OUT', actorUserId: userIds.westUser } }])
})
