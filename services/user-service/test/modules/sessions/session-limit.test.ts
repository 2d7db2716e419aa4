import { newId } from '@crm/service-kit/ids/new-id.ts'
import t, { type Test } from 'tap'
import { liveSessionsAtMost } from '../../../src/modules/sessions/start-session.ts'
import { startService, type TestService, type UserName, userIds } from '../../fixture.ts'
import { givePassword, refresh, signIn } from '../../sign-in.ts'

async function start(t: Test) {
  const service = await startService(t)
  await givePassword(service, 'westUser', 'westAdmin')
  return service
}

/** Sessions as logins left them: the first was refreshed a minute ago, each further one a minute before. */
async function addSessions({ db }: TestService, user: UserName, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newId)
  await db.sql`
    insert into sessions (id, user_id, kind, address, created_at, refreshed_at, expires_at)
    select id, ${userIds[user]}, 'token', '192.0.2.1', now() - interval '1 day', now() - n * interval '1 minute', now() + interval '1 day'
    from unnest(${ids}::uuid[]) with ordinality as given (id, n)`
  return ids
}

const liveOf = async ({ db }: TestService, user: UserName) =>
  (
    await db.sql<{ id: string }[]>`
      select id from sessions where user_id = ${userIds[user]} and ended_at is null and expires_at > now()`
  ).map(({ id }) => id)
const endsOf = async ({ eventsOf }: TestService, user: UserName) =>
  (await eventsOf(userIds[user])).filter(({ type }) => type === 'identity.session.ended')

t.test('one session more than a user may have ends the one that was not refreshed for longest, and tells of it', async (t) => {
  const service = await start(t)
  const oldest = await signIn(service, 'westUser')
  await service.db.sql`update sessions set refreshed_at = now() - interval '29 days' where id = ${oldest.sessionId}`
  const kept = await addSessions(service, 'westUser', liveSessionsAtMost - 1)
  const others = await addSessions(service, 'westAdmin', 2)
  t.match(await service.call('GET', '/v1/users/me', { headers: oldest.headers }), { status: 200 })

  const newest = await signIn(service, 'westUser')
  t.same(new Set(await liveOf(service, 'westUser')), new Set([...kept, newest.sessionId]))
  t.match(await service.call('GET', '/v1/users/me', { headers: oldest.headers }), { status: 401 })
  t.match(await refresh(service, oldest.refreshToken), { status: 401 })
  t.match(await service.call('GET', '/v1/users/me', { headers: newest.headers }), { status: 200 })
  const ends = await endsOf(service, 'westUser')
  t.match(ends, [{ payload: { sessionId: oldest.sessionId, reason: 'TOO_MANY_SESSIONS', actorUserId: userIds.westUser } }])
  t.equal(ends.length, 1)
  t.same(new Set(await liveOf(service, 'westAdmin')), new Set(others), 'other users keep theirs')
})

t.test('sessions that ended or expired are not counted', async (t) => {
  const service = await start(t)
  const [live, expired, ended] = [
    await addSessions(service, 'westUser', liveSessionsAtMost - 1),
    await addSessions(service, 'westUser', 3),
    await addSessions(service, 'westUser', 3),
  ]
  await service.db.sql`update sessions set expires_at = now() - interval '1 second' where id = any(${expired}::uuid[])`
  await service.db.sql`update sessions set ended_at = now() - interval '1 second' where id = any(${ended}::uuid[])`
  const { sessionId } = await signIn(service, 'westUser')
  t.same(new Set(await liveOf(service, 'westUser')), new Set([...live, sessionId]))
  t.same(await endsOf(service, 'westUser'), [])
})

t.test('a user who has too many, as from before there was a limit, has as many as they may after the next login', async (t) => {
  const service = await start(t)
  const sessions = await addSessions(service, 'westUser', liveSessionsAtMost + 50)
  const { sessionId } = await signIn(service, 'westUser')
  t.same(new Set(await liveOf(service, 'westUser')), new Set([...sessions.slice(0, liveSessionsAtMost - 1), sessionId]))
  t.equal((await endsOf(service, 'westUser')).length, 51)
})

t.test('logins at the same moment, over two instances, begin no more than a user may have', async (t) => {
  const one = await start(t)
  const two = await startService(t, { url: one.url })
  await addSessions(one, 'westUser', liveSessionsAtMost - 1)
  const begun = await Promise.all(Array.from({ length: 8 }, (_, n) => signIn(n % 2 ? one : two, 'westUser')))
  const live = await liveOf(one, 'westUser')
  t.equal(live.length, liveSessionsAtMost)
  for (const { sessionId } of begun) t.ok(live.includes(sessionId), 'those that have just begun live on')
  t.equal((await endsOf(one, 'westUser')).length, 7)
})

t.test('the sessions of a user that live, and where they began, are found by an index', async (t) => {
  const { db } = await start(t)
  await db.transaction(async ({ sql }) => {
    // An empty table would be scanned whole.
    await sql`set local enable_seqscan = off`
    const planOf = async (query: string) => (await sql.unsafe(`explain ${query}`)).map((row) => row['QUERY PLAN']).join('\n')
    const ofUser = `select id from sessions where user_id = '${userIds.westUser}'`
    t.match(await planOf(`${ofUser} and ended_at is null and expires_at > now() order by refreshed_at`), /sessions_user_live/)
    t.match(await planOf(`${ofUser.replace('id', '')} and address <<= '2001:db8::/64'`), /sessions_user_address/)
  })
})
