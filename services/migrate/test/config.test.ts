import t from 'tap'
import { adminUrl, loadMigrateConfig } from '../src/config.ts'

const env = {
  USER_DATABASE_URL: 'postgres://user_service:one@db:5432/user_db',
  CRM_DATABASE_URL: 'postgres://crm_service:two@db:5432/crm_db',
  ADMIN_DATABASE_URL: 'postgres://postgres@db:5432/postgres',
  ADMIN_DATABASE_PASSWORD: 'a/b@c%',
}

t.test("the superuser's password, whatever its characters, comes into the connection string", async (t) => {
  const url = new URL(adminUrl(loadMigrateConfig(env)) ?? '')
  t.equal(decodeURIComponent(url.password), 'a/b@c%')
  t.equal(url.host, 'db:5432')
  t.equal(adminUrl(loadMigrateConfig({ ...env, ADMIN_DATABASE_URL: '', ADMIN_DATABASE_PASSWORD: '' })), undefined)
})

for (const { what, changed, problem } of [
  {
    what: 'one role for two services',
    changed: { CRM_DATABASE_URL: 'postgres://user_service:two@db:5432/crm_db' },
    problem: 'CRM_DATABASE_URL and USER_DATABASE_URL name the same role, user_service: each service has its own',
  },
  {
    what: 'one database for two services',
    changed: { CRM_DATABASE_URL: 'postgres://crm_service:two@db:5432/user_db' },
    problem: 'CRM_DATABASE_URL and USER_DATABASE_URL name the same database, user_db: each service has its own',
  },
  {
    what: 'the superuser for a service',
    changed: { USER_DATABASE_URL: 'postgres://postgres:one@db:5432/user_db' },
    problem: "USER_DATABASE_URL is the superuser's: name a role that owns this database alone",
  },
  {
    what: 'roles made on another server than the one that services use',
    changed: { USER_DATABASE_URL: 'postgres://user_service:one@elsewhere:5432/user_db' },
    problem: 'USER_DATABASE_URL is on elsewhere:5432 and ADMIN_DATABASE_URL on db:5432: they must be one server',
  },
  {
    what: 'a role without a password',
    changed: { USER_DATABASE_URL: 'postgres://user_service@db:5432/user_db' },
    problem: 'USER_DATABASE_URL must name a role and its password',
  },
  {
    what: 'two passwords of the superuser',
    changed: { ADMIN_DATABASE_URL: 'postgres://postgres:x@db:5432/postgres' },
    problem: 'ADMIN_DATABASE_URL has a password and ADMIN_DATABASE_PASSWORD is set too: give it once',
  },
  {
    what: 'a password of nobody',
    changed: { ADMIN_DATABASE_URL: '' },
    problem: 'ADMIN_DATABASE_PASSWORD is of no use without ADMIN_DATABASE_URL',
  },
  {
    what: 'a server to close without the superuser who could',
    changed: { ADMIN_DATABASE_URL: '', ADMIN_DATABASE_PASSWORD: '', DEDICATED_SERVER: 'true' },
    problem: 'DEDICATED_SERVER is of no use without ADMIN_DATABASE_URL',
  },
]) {
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => loadMigrateConfig({ ...env, ...changed }), { name: 'ConfigError', message: problem })
  })
}
