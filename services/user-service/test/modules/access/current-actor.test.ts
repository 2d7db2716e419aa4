import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { companyIds, startService, userIds } from '../../fixture.ts'

const newPassword = 'another good password'

/** Ends what a user may do, at some moment. */
const losses = {
  'is deactivated': 'update users set is_active = false',
  'is demoted': "update users set role = 'CHILD_USER'",
}

for (const [what, update] of Object.entries(losses)) {
  t.test(`an administrator who ${what} while a reset of theirs waits for its user resets nothing`, async (t) => {
    const { call, db } = await startService(t)
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const isLocked = Promise.withResolvers<void>()
    const locking = db.transaction(async ({ sql }) => {
      await sql`select from users where id = ${userIds.westUser} for update`
      await sql.unsafe(`${update} where id = '${userIds.westAdmin}'`)
      isLocked.resolve()
      await released
    })
    await isLocked.promise
    const resetting = call('PUT', `/v1/users/${userIds.westUser}/password`, { as: 'westAdmin', body: { newPassword } })
    const isWaiting = async () =>
      (await db.sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`).length > 0
    await until(isWaiting, { timeoutMs: 30_000, what: 'the reset waits' })
    release()
    await locking
    const { status } = await resetting
    t.ok([401, 403, 404].includes(status), `answered ${status}`)
    const [user] = await db.sql`select password_hash from users where id = ${userIds.westUser}`
    t.equal(user?.password_hash, null)
  })

  t.test(`an administrator who ${what} while a user of theirs waits for a hash creates nobody`, async (t) => {
    const { call, db } = await startService(t)
    const create = (n: number, as: string) =>
      call('POST', '/v1/users', {
        as,
        body: { email: `new${n}@example.com`, role: 'CHILD_USER', companyId: companyIds.west, password: newPassword },
      })
    const before = Promise.all(Array.from({ length: 10 }, (_, n) => create(n, 'acmeAdmin')))
    const waiting = create(99, 'westAdmin')
    const hashesWait = async () => /^password_hashes_waiting [1-9]/m.test((await call('GET', '/metrics')).body)
    await until(hashesWait, { timeoutMs: 30_000, intervalMs: 5, what: 'a line of hashes' })
    await db.sql.unsafe(`${update} where id = '${userIds.westAdmin}'`)
    t.same(new Set((await before).map(({ status }) => status)), new Set([201]))
    t.ok([401, 403].includes((await waiting).status))
    t.same(await db.sql`select from users where email = 'new99@example.com'`, [])
  })
}
