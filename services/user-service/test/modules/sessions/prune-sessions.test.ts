import t from 'tap'
import { pruneSessions } from '../../../src/modules/sessions/prune-sessions.ts'
import { startService } from '../../fixture.ts'
import { givePassword, refresh, signedIn, signIn } from '../../sign-in.ts'

const service = await startService(t)
const { db } = service
await givePassword(service, 'westUser')

t.test('what nobody can use any more goes, and the rest stays', async (t) => {
  const [live, ended, expired] = [await signIn(service, 'westUser'), await signIn(service, 'westUser'), await signIn(service, 'westUser')]
  const next = signedIn(await refresh(service, live.refreshToken))
  t.same(await pruneSessions(db), { sessions: 0, tokens: 0, successors: 0 })
  await db.sql`update sessions set ended_at = now() - interval '31 days' where id = ${ended.sessionId}`
  await db.sql`update sessions set expires_at = now() - interval '31 days' where id = ${expired.sessionId}`
  await db.sql`update refresh_tokens set replaced_at = replaced_at - interval '11 s' where replaced_at is not null`
  t.same(await pruneSessions(db), { sessions: 2, tokens: 0, successors: 1 })
  await db.sql`
    update refresh_tokens set replaced_at = replaced_at - interval '31 days', created_at = created_at - interval '31 days'
    where replaced_at is not null`
  t.same(await pruneSessions(db), { sessions: 0, tokens: 1, successors: 0 })
  t.match(await refresh(service, next.refreshToken), { status: 200 })
})

t.test('a successor that was forgotten is not given, and its predecessor still counts as reuse', async (t) => {
  const first = await signIn(service, 'westUser')
  const second = signedIn(await refresh(service, first.refreshToken))
  await db.sql`update refresh_tokens set replaced_at = replaced_at - interval '11 s' where replaced_at is not null`
  await pruneSessions(db)
  t.match(await refresh(service, first.refreshToken), { status: 401 })
  t.match(await refresh(service, second.refreshToken), { status: 401 })
})
