import { createServer } from 'node:net'
import { join } from 'node:path'
import { createTestDatabase } from '@crm/testing/database.ts'
import { freePort } from '@crm/testing/ports.ts'
import { startProcess } from '@crm/testing/processes.ts'
import t, { type Test } from 'tap'
import { writeMigrations } from '../database/write-migrations.ts'

const file = join(import.meta.dirname, 'processes', 'starting.ts')

async function failedStart(t: Test, env: Record<string, string>) {
  const started = await startProcess(t, { command: process.execPath, args: [file], env: { PORT: '0', ...env } })
  const { code } = await started.exited
  return { code, stderr: started.stderr() }
}

t.test('a taken port', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  t.teardown(() => holder.close())
  await new Promise((resolve) => holder.once('listening', resolve))
  const address = holder.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  t.strictSame(await failedStart(t, { PORT: String(port) }), {
    code: 1,
    stderr: `crm-service cannot start: port ${port} on 127.0.0.1 is already in use (set PORT to another)\n`,
  })
})

t.test('wrong configuration', async (t) => {
  t.strictSame(await failedStart(t, { PORT: '80a', DATABASE_URL: 'mysql://crm:hunter2@db/crm' }), {
    code: 1,
    stderr:
      'crm-service cannot start: PORT must be an integer between 0 and 65535, not "80a"; DATABASE_URL must be a PostgreSQL URL ' +
      'such as postgres://user:password@127.0.0.1:5432/database (its value is not shown)\n',
  })
})

t.test('no database server', async (t) => {
  const port = await freePort()
  const migrations = writeMigrations(t, [{ tag: '0000_create_lead', when: 1_000, sql: 'select 1' }])
  t.strictSame(await failedStart(t, { DATABASE_URL: `postgres://crm:hunter2@127.0.0.1:${port}/crm_db`, MIGRATIONS: migrations }), {
    code: 1,
    stderr: `crm-service cannot start: nothing answers at 127.0.0.1:${port} (ECONNREFUSED): is the database running, and is DATABASE_URL right?\n`,
  })
})

t.test('no such database, and one that is not migrated', async (t) => {
  const { url } = await createTestDatabase(t, { tables: {} })
  const migrations = writeMigrations(t, [{ tag: '0000_create_lead', when: 1_000, sql: 'select 1' }])

  const missing = new URL(url)
  missing.pathname = '/no_such_db'
  t.strictSame(await failedStart(t, { DATABASE_URL: missing.href, MIGRATIONS: migrations }), {
    code: 1,
    stderr: 'crm-service cannot start: the database refuses: database "no_such_db" does not exist (3D000); is DATABASE_URL right?\n',
  })

  const name = new URL(url).pathname.slice(1)
  t.strictSame(await failedStart(t, { DATABASE_URL: url, MIGRATIONS: migrations }), {
    code: 1,
    stderr: `crm-service cannot start: ${name} is at no migration, this process needs 0000_create_lead: run the migrate command\n`,
  })
})

t.test('what nobody foresaw shows its stack', async (t) => {
  const { code, stderr } = await failedStart(t, { DEFECT: 'yes' })
  t.equal(code, 1)
  t.match(stderr, /^crm-service cannot start: TypeError: lead is not a function\n {4}at .*starting\.ts/)
})
