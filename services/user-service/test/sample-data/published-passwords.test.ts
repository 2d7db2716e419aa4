import t from 'tap'
import { hashPassword } from '../../src/modules/passwords/password-hash.ts'
import { findPublishedPasswords } from '../../src/sample-data/published-passwords.ts'
import { sampleUserIds } from '../../src/sample-data/sample-data.ts'
import { seedSampleData } from '../../src/sample-data/seed-sample-data.ts'
import { startDatabase } from '../fixture.ts'

t.test('sample users are found for as long as they can log in with the password that everybody knows', async (t) => {
  const db = await startDatabase(t, { isEmpty: true })
  t.same(await findPublishedPasswords(db), [])
  await seedSampleData(db)
  t.same(await findPublishedPasswords(db), ['admin@crm.com', 'admin.acme@crm.com', 'admin.global@crm.com', 'user.west@crm.com'])
  await db.sql`update users set password_hash = ${await hashPassword('a password of their own')} where id = ${sampleUserIds.admin}`
  await db.sql`update users set is_active = false where id = ${sampleUserIds.acmeAdmin}`
  await db.sql`update users set password_hash = null where id = ${sampleUserIds.globalAdmin}`
  await db.sql`update users set email = 'wes@example.com' where id = ${sampleUserIds.west}`
  t.same(await findPublishedPasswords(db), ['wes@example.com'])
})
