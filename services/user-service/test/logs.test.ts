import t from 'tap'
import { companyIds, startService } from './fixture.ts'

const lines: string[] = []
const { call, db } = await startService(t, { log: (line) => lines.push(line) })

t.test('logs hold neither passwords nor personal data, also when a statement fails', async (t) => {
  const password = 'correct horse battery'
  const body = { email: 'secretive@example.com', role: 'CHILD_USER', companyId: companyIds.west, firstName: 'Secretive', password }
  await db.sql`alter table users add constraint broken check (email <> 'secretive@example.com')`
  t.equal((await call('POST', '/v1/users', { as: 'root', body })).status, 500)
  await db.sql`alter table users drop constraint broken`
  t.equal((await call('POST', '/v1/users', { as: 'root', body })).status, 201)
  const log = lines.join('')
  t.match(log, 'violates check constraint', 'what was wrong is there')
  for (const secret of [password, '$argon2', 'secretive', 'Secretive']) t.notMatch(log, secret)
})
