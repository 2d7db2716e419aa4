import { Registry } from 'prom-client'
import t from 'tap'
import { createPasswordHasher } from '../../../src/modules/passwords/password-hasher.ts'
import { bootstrapAdmin } from '../../../src/modules/users/bootstrap-admin.ts'
import { startDatabase, startService, userIds } from '../../fixture.ts'

const admin = { email: 'first@example.com', password: 'correct horse battery' }
const config = { BOOTSTRAP_ADMIN_EMAIL: ' First@Example.com ', BOOTSTRAP_ADMIN_PASSWORD: admin.password }
const hasher = createPasswordHasher(new Registry())

t.test('a service that is told so starts with its first administrator, who can log in and is told of', async (t) => {
  const { call, db, eventsOf } = await startService(t, { isEmpty: true, config })
  const { status, body } = await call('POST', '/v1/auth/login', { body: admin })
  t.match({ status, body }, { status: 200, body: { user: { email: admin.email, role: 'SYSTEM_ADMIN', companyId: null } } })
  const events = await eventsOf(body.user.id)
  t.match(events[0], { type: 'identity.user.created', sequence: 1, payload: { actorUserId: null } })
  t.notMatch(JSON.stringify(events), admin.password)
  t.equal(await bootstrapAdmin(db, hasher, { ...admin, email: 'second@example.com' }), false, 'the next start makes no other')
  t.equal((await db.sql`select from users`).length, 1)
})

t.test('while there is an administrator none is made, were it an inactive one', async (t) => {
  const db = await startDatabase(t)
  await db.sql`update users set is_active = false where id = ${userIds.root}`
  t.equal(await bootstrapAdmin(db, hasher, admin), false)
  t.same(await db.sql`select from users where email = ${admin.email}`, [])
})

t.test('of several that start at once one makes the administrator', async (t) => {
  const db = await startDatabase(t, { isEmpty: true })
  const made = await Promise.all(
    Array.from({ length: 5 }, (_, n) => bootstrapAdmin(db, hasher, { ...admin, email: `admin${n}@example.com` })),
  )
  t.equal(made.filter((one) => one).length, 1)
  t.equal((await db.sql`select from users`).length, 1)
})

t.test('an email that belongs to somebody else is an error of the start', async (t) => {
  const db = await startDatabase(t)
  await db.sql`update users set role = 'CHILD_USER', company_id = (select id from companies limit 1) where role = 'SYSTEM_ADMIN'`
  await t.rejects(bootstrapAdmin(db, hasher, { ...admin, email: 'westuser@example.com' }), {
    name: 'StartError',
    message: /BOOTSTRAP_ADMIN_EMAIL/,
  })
})
