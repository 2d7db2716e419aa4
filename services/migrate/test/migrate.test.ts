import { startTestServer } from '@crm/testing/server.ts'
import { startService } from '@crm/testing/service-processes.ts'
import postgres from 'postgres'
import t, { type Test } from 'tap'

type Environment = Record<string, string>

async function emptyServer(t: Test): Promise<Environment> {
  const server = await startTestServer(t)
  const urlOf = (role: string, database: string) => {
    const url = new URL(server.url(database))
    url.username = role
    url.password = `${role}-password`
    return url.href
  }
  return {
    LOG_LEVEL: 'info',
    ADMIN_DATABASE_URL: server.url(),
    USER_DATABASE_URL: urlOf('user_service', 'user_db'),
    CRM_DATABASE_URL: urlOf('crm_service', 'crm_db'),
  }
}

async function runMigrate(t: Test, env: Environment) {
  const job = await startService(t, { service: 'migrate', script: 'start', env })
  return { ...(await job.exited), output: job.output() }
}

async function query(url = '', text = 'select 1'): Promise<postgres.Row[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  return await sql.unsafe(text).finally(() => sql.end({ timeout: 1 }))
}

/** The databases that a connection string's role may connect to. */
async function reachable(connection = ''): Promise<string[]> {
  const url = new URL(connection)
  const databases = ['user_db', 'crm_db', 'postgres', 'template1']
  const attempts = databases.map(async (database) => {
    url.pathname = database
    const refused = await query(url.href).then(
      () => undefined,
      (error: postgres.PostgresError) => error,
    )
    if (refused !== undefined && refused.code !== '42501') throw refused
    return refused === undefined ? [database] : []
  })
  return (await Promise.all(attempts)).flat()
}

/** The connection string of a role that is none of the services'. */
async function stranger(env: Environment): Promise<string> {
  await query(env.ADMIN_DATABASE_URL, "create role stranger login password 'stranger-password'")
  const url = new URL(env.ADMIN_DATABASE_URL ?? '')
  url.username = 'stranger'
  url.password = 'stranger-password'
  return url.href
}

t.test('on an empty server: roles, databases and schemas, once, however often and by however many at once', async (t) => {
  const env = await emptyServer(t)
  const first = await Promise.all([runMigrate(t, env), runMigrate(t, env)])
  for (const { code, output } of [...first, await runMigrate(t, env)]) t.equal(code, 0, output)
  for (const [url, table] of [
    [env.USER_DATABASE_URL, 'users'],
    [env.CRM_DATABASE_URL, 'leads'],
  ]) {
    t.same(await query(url, `select from ${table}`), [])
    const migrations = await query(url, 'select hash from drizzle.__drizzle_migrations')
    t.ok(migrations.length > 0)
    t.equal(new Set(migrations.map(({ hash }) => hash)).size, migrations.length)
  }

  await t.test("a role may not connect to another's database, nor may anybody else of the server", async (t) => {
    t.same(await reachable(env.USER_DATABASE_URL), ['user_db', 'postgres', 'template1'])
    t.same(await reachable(env.CRM_DATABASE_URL), ['crm_db', 'postgres', 'template1'])
    t.same(await reachable(await stranger(env)), ['postgres', 'template1'], 'what others used on a shared server, they may still')
  })
  await t.test('a password that was changed in the connection string holds after the next run', async (t) => {
    const changed = new URL(env.CRM_DATABASE_URL ?? '')
    changed.password = 'another'
    t.equal((await runMigrate(t, { ...env, CRM_DATABASE_URL: changed.href })).code, 0)
    t.equal((await query(changed.href)).length, 1)
    await t.rejects(query(env.CRM_DATABASE_URL), { code: '28P01' })
    t.equal((await runMigrate(t, env)).code, 0)
  })
  await t.test('where the databases are there, it migrates without a superuser', async (t) => {
    const { code, output } = await runMigrate(t, { ...env, ADMIN_DATABASE_URL: '' })
    t.equal(code, 0, output)
  })
  await t.test('no password comes into the log', async (t) => {
    for (const { output } of first) t.notMatch(output, /-password/)
  })
})

t.test('on a server of their own the roles of services connect to nothing but their databases', async (t) => {
  const env: Environment = { ...(await emptyServer(t)), DEDICATED_SERVER: 'true' }
  for (const { code, output } of await Promise.all([runMigrate(t, env), runMigrate(t, env)])) t.equal(code, 0, output)
  t.same(await reachable(env.USER_DATABASE_URL), ['user_db'])
  t.same(await reachable(env.CRM_DATABASE_URL), ['crm_db'])
  t.same(await reachable(await stranger(env)), [])
  t.same(await reachable(env.ADMIN_DATABASE_URL), ['user_db', 'crm_db', 'postgres', 'template1'])
})

t.test('a job that cannot be done says why in one line', async (t) => {
  const env = await emptyServer(t)
  const wrong = new URL(env.ADMIN_DATABASE_URL ?? '')
  wrong.password = 'wrong'
  for (const { changed, problem } of [
    { changed: { CRM_DATABASE_URL: '' }, problem: 'CRM_DATABASE_URL (or CRM_DATABASE_URL_FILE) is required' },
    { changed: { ADMIN_DATABASE_URL: wrong.href }, problem: 'password authentication failed for user "postgres"' },
    { changed: { ADMIN_DATABASE_URL: '' }, problem: 'password authentication failed for user "user_service"' },
  ]) {
    const { code, output } = await runMigrate(t, { ...env, ...changed })
    t.equal(code, 1)
    t.equal(output.trim().split('\n').length, 1, output)
    t.match(output, `migrate cannot start: `)
    t.match(output, problem)
  }
})
