import t from 'tap'
import { sampleCompanies, sampleCompanyIds, sampleUserIds, sampleUsers } from '../../src/sample-data/sample-data.ts'
import { seedSampleData } from '../../src/sample-data/seed-sample-data.ts'
import { startService, type TestService } from '../fixture.ts'

const everything = async ({ db }: TestService) => ({
  companies: [...(await db.sql`select * from companies order by id`)],
  users: [...(await db.sql`select * from users order by id`)],
  events: [...(await db.sql`select * from outbox order by id`)],
})

t.test('a service that is told so starts with the sample data, each with its event by the system', async (t) => {
  const service = await startService(t, { isEmpty: true, seed: true })
  const { call, eventsOf } = service
  for (const { id, name, parentId } of sampleCompanies) {
    t.match((await call('GET', `/v1/companies/${id}`, { as: sampleUserIds.admin })).body, {
      id,
      name,
      parentId,
      isActive: true,
      version: 1,
    })
    t.match(await eventsOf(id), [{ type: 'identity.company.created', sequence: 1, payload: { actorUserId: null } }])
  }
  for (const { id, email, role, companyId } of sampleUsers) {
    t.match((await call('GET', '/v1/users/me', { as: id })).body, { id, email, role, companyId, isActive: true })
    t.match(await eventsOf(id), [{ type: 'identity.user.created', sequence: 1, payload: { actorUserId: null } }])
  }
  const { users } = await everything(service)
  for (const { password_hash } of users) t.match(password_hash, /^\$argon2id\$/)
  const { body } = await call('GET', '/v1/users/me/access', { as: sampleUserIds.acmeAdmin })
  t.strictSame(body.descendantIds, [sampleCompanyIds.acmeWest, sampleCompanyIds.acmeEast])
})

t.test('a service that is not told so starts empty', async (t) => {
  const { companies, users, events } = await everything(await startService(t, { isEmpty: true }))
  t.same([companies.length, users.length, events.length], [0, 0, 0])
})

t.test('seeding again changes nothing, also not what people changed since', async (t) => {
  const service = await startService(t, { isEmpty: true, seed: true })
  const acme = `/v1/companies/${sampleCompanyIds.acme}`
  await service.call('PATCH', acme, { as: sampleUserIds.admin, body: { name: 'Acme Renamed', isActive: false } })
  const before = await everything(service)
  await seedSampleData(service.db)
  t.strictSame(await everything(service), before)
})

t.test('several that seed at once make one set', async (t) => {
  const service = await startService(t, { isEmpty: true })
  const seedAtOnce = () => Promise.all(Array.from({ length: 6 }, () => seedSampleData(service.db)))
  await seedAtOnce()
  // Without passwords to hash they meet at the same statement.
  await service.db.sql`delete from companies where id = ${sampleCompanyIds.acmeEast}`
  await seedAtOnce()
  const { companies, users, events } = await everything(service)
  t.same([companies.length, users.length, events.length], [4, 4, 9])
})

t.test('a half-seeded database is completed, and an account with a sample email is left to its owner', async (t) => {
  const service = await startService(t, { isEmpty: true, seed: true })
  const { db } = service
  await db.sql`delete from users where id <> ${sampleUserIds.admin}`
  await db.sql`delete from companies where id in (${sampleCompanyIds.acmeEast}, ${sampleCompanyIds.globalTech})`
  await db.sql`delete from outbox`
  const own = { email: 'user.west@crm.com', role: 'CHILD_USER', companyId: sampleCompanyIds.acmeWest }
  const { body: owner } = await service.call('POST', '/v1/users', { as: sampleUserIds.admin, body: own })
  await seedSampleData(db)
  const { companies, users, events } = await everything(service)
  t.same([companies.length, users.length, events.length], [4, 4, 5])
  t.ok(users.some(({ id }) => id === owner.id))
})
