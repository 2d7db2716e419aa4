import t from 'tap'
import { startService, userIds } from './fixture.ts'
import { givePassword, login, password, refresh, signedIn } from './sign-in.ts'

/** Everything that the database holds, as text; bytes in hexadecimal. */
async function everything(sql: Awaited<ReturnType<typeof startService>>['db']['sql']): Promise<string> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`
  const rows = await Promise.all(tables.map(({ name }) => sql`select row_to_json(t)::text as row from ${sql.unsafe(name)} t`))
  return rows.flatMap((found) => found.map(({ row }) => row)).join('\n')
}

t.test('no secret is in the database, the events, the logs or an answer it does not belong to', async (t) => {
  let logged = ''
  const service = await startService(t, {
    log: (line) => {
      logged += line
    },
  })
  const { call, db } = service
  await givePassword(service, 'westUser', 'westAdmin')
  const newPassword = 'another good password'
  const secrets = new Set([password, newPassword, 'a wrong password', 'a reset password'])

  const own = { host: 'localhost', origin: 'http://localhost' }
  const browser = await login(service, 'westUser', { session: 'cookie' }, own)
  const cookie = /crm_refresh=([^;]+)/.exec(String(browser.headers['set-cookie']))?.[1] ?? ''
  secrets.add(cookie).add(browser.body.accessToken)
  let session = signedIn(await login(service, 'westUser'))
  for (let round = 0; round < 3; round++) {
    secrets.add(session.refreshToken).add(session.accessToken)
    session = signedIn(await refresh(service, session.refreshToken))
  }
  secrets.add(session.refreshToken).add(session.accessToken)
  await login(service, 'westUser', { password: 'a wrong password' })
  // Of sessions that live: those that end leave no tokens.
  const whileLive = await everything(db.sql)
  const changed = { currentPassword: password, newPassword }
  const answers = [
    await call('PUT', '/v1/users/me/password', { headers: { ...session.headers, 'idempotency-key': 'k' }, body: changed }),
    await call('PUT', `/v1/users/${userIds.westUser}/password`, { as: 'westAdmin', body: { newPassword: 'a reset password' } }),
    await call('GET', '/v1/users/me/sessions', { as: 'westUser' }),
    await call('GET', '/v1/users?limit=500', { as: 'root' }),
    await call('POST', '/v1/auth/refresh', { headers: { ...own, cookie: `crm_refresh=${cookie}` } }),
  ]
  t.same(
    answers.map(({ status }) => status),
    [204, 204, 200, 200, 401],
  )
  const [key] = await db.sql`select encrypted_private_key as bytes from signing_keys`
  t.notOk(key?.bytes.includes('PRIVATE KEY'))

  const places = { database: whileLive + (await everything(db.sql)), logs: logged, answers: JSON.stringify(answers) }
  t.match(places.database, /identity\.session\.started/)
  t.match(places.logs, '/v1/auth/login')
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) {
      const forms = [
        secret,
        Buffer.from(secret, 'base64url').toString('hex'),
        Buffer.from(secret).toString('hex'),
        Buffer.from(secret).toString('base64'),
      ]
      for (const form of forms) t.notOk(text.includes(form), `${place}: ${secret.slice(0, 12)}`)
    }
    t.notMatch(text, /BEGIN PRIVATE KEY/, place)
    if (place !== 'database') t.notMatch(text, /\$argon2id/, place)
  }
  t.notMatch(JSON.stringify(await db.sql`select * from outbox`), /argon2|password"|token/i)
})
