import { startTestServer } from '@crm/testing/server.ts'
import postgres from 'postgres'
import t from 'tap'
import { closeMaintenanceDatabases } from '../src/provision.ts'

t.test('the databases that a server came with are closed by however many jobs at once', async (t) => {
  const server = await startTestServer(t)
  // Two jobs seldom meet; sixteen do, again and again.
  for (let round = 0; round < 5; round++) {
    const jobs = await Promise.allSettled(Array.from({ length: 16 }, () => closeMaintenanceDatabases(server.url())))
    t.same(
      jobs.flatMap((job) => (job.status === 'rejected' ? [String(job.reason)] : [])),
      [],
    )
  }
  const sql = postgres(server.url(), { max: 1, onnotice: () => {} })
  t.teardown(() => sql.end({ timeout: 1 }))
  const [row] = await sql`
    select count(*)::int as "open" from pg_database, aclexplode(datacl) where datname in ('postgres', 'template1') and grantee = 0`
  t.same(row, { open: 0 }, 'nothing is granted to everybody')
})
