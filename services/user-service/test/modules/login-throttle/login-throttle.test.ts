import t, { type Test } from 'tap'
import { pruneLoginAttempts } from '../../../src/modules/login-throttle/login-attempts.repository.ts'
import { countersOf, loginLimits } from '../../../src/modules/login-throttle/login-limits.ts'
import { createLoginThrottle } from '../../../src/modules/login-throttle/login-throttle.ts'
import { type Answer, startService, type TestService, userIds } from '../../fixture.ts'
import { emailOf, givePassword, hashesOf, login } from '../../sign-in.ts'

const perPair = loginLimits['account-and-network']

/** A service that believes its tests about where they come from. */
async function start(t: Test, options: object = {}) {
  const service = await startService(t, { trustProxy: '127.0.0.1', ...options })
  await givePassword(service, 'westUser', 'westAdmin')
  return service
}

const from = (address: string) => ({ 'x-forwarded-for': address })
const wrong = (service: TestService, address: string, email = emailOf('westUser')) =>
  login(service, 'westUser', { email, password: 'wrong' }, from(address))

/** Tries as often as is let through, as if it took no time. */
async function tryAll(t: Test, service: TestService, addressOf: (n: number) => string, email?: string) {
  const { sql } = service.db
  const begun = performance.now()
  for (let n = 0; n < perPair.burst; n++) t.equal((await wrong(service, addressOf(n), email)).status, 401)
  await sql`update login_attempts set empty_at = empty_at + ${performance.now() - begun} * interval '1 millisecond'`
}

/** Fills a counter as so many attempts at once would. */
async function fill({ db }: TestService, kind: keyof typeof loginLimits, { email = emailOf('westUser'), address = '192.0.2.1' } = {}) {
  const counter = countersOf({ email, address }).find((one) => one.kind === kind)
  if (!counter) throw new Error('no such counter')
  await db.sql`
    insert into login_attempts (id, empty_at) values (${counter.id}, now() + ${counter.burst * counter.emissionIntervalMs} * interval '1 millisecond')
    on conflict (id) do update set empty_at = excluded.empty_at`
}

function assertSlowed(t: Test, { status, body, headers }: Answer, atMostMs: number) {
  t.match({ status, body }, { status: 429, body: { code: 'rate_limited' } })
  const seconds = Number(headers['retry-after'])
  // The database's clock, rounded to milliseconds, may be one ahead.
  t.ok(seconds >= 1 && seconds <= Math.ceil((atMostMs + 1) / 1000), `retry after ${seconds} s`)
}

t.test('guesses are slowed before anything is hashed, for the right password as for wrong ones', async (t) => {
  const service = await start(t)
  await tryAll(t, service, () => '192.0.2.1')
  const before = await hashesOf(service, 'check')
  assertSlowed(t, await wrong(service, '192.0.2.1'), perPair.emissionIntervalMs)
  assertSlowed(t, await login(service, 'westUser', {}, from('192.0.2.1')), perPair.emissionIntervalMs)
  t.equal(await hashesOf(service, 'check'), before)
  t.equal((await login(service, 'westUser', {}, from('192.0.2.2'))).status, 200, 'the owner, elsewhere, is let in')
  t.equal((await login(service, 'westAdmin', {}, from('192.0.2.1'))).status, 200, 'others at the same address too')
})

t.test('it slows, it does not lock: with time a guess is free again', async (t) => {
  const service = await start(t)
  await fill(service, 'account-and-network')
  assertSlowed(t, await wrong(service, '192.0.2.1'), perPair.emissionIntervalMs)
  const other = await start(t, { url: service.url })
  await service.db.sql`update login_attempts set empty_at = empty_at - ${perPair.emissionIntervalMs} * interval '1 millisecond'`
  t.equal((await wrong(other, '192.0.2.1')).status, 401)
  assertSlowed(t, await wrong(other, '192.0.2.1'), perPair.emissionIntervalMs)
})

t.test('emails that nobody has are counted as any other', async (t) => {
  const service = await start(t)
  await tryAll(t, service, () => '192.0.2.1', 'nobody@example.com')
  assertSlowed(t, await wrong(service, '192.0.2.1', 'nobody@example.com'), perPair.emissionIntervalMs)
})

t.test('one address that tries many accounts is slowed', async (t) => {
  const service = await start(t)
  await fill(service, 'network')
  assertSlowed(t, await wrong(service, '192.0.2.1', 'a@example.com'), loginLimits.network.emissionIntervalMs)
  await fill(service, 'network')
  assertSlowed(t, await login(service, 'westAdmin', {}, from('192.0.2.1')), loginLimits.network.emissionIntervalMs)
  t.equal((await login(service, 'westAdmin', {}, from('192.0.2.2'))).status, 200)
})

t.test('many addresses that try one account are slowed, but not its owner where they logged in before', async (t) => {
  const service = await start(t)
  t.equal((await login(service, 'westUser', {}, from('198.51.100.9'))).status, 200)
  await fill(service, 'account')
  assertSlowed(t, await wrong(service, '203.0.113.50'), loginLimits.account.emissionIntervalMs)
  await fill(service, 'account')
  assertSlowed(t, await login(service, 'westUser', {}, from('203.0.113.51')), loginLimits.account.emissionIntervalMs)
  t.equal((await login(service, 'westUser', {}, from('198.51.100.9'))).status, 200)
  t.equal((await login(service, 'westAdmin', {}, from('203.0.113.50'))).status, 200, 'other accounts are not concerned')
})

t.test('a success forgets what went before from there, and does not count', async (t) => {
  const service = await start(t)
  for (let n = 0; n < perPair.burst - 1; n++) await wrong(service, '192.0.2.1')
  for (let n = 0; n < 3; n++) t.equal((await login(service, 'westUser', {}, from('192.0.2.1'))).status, 200)
  const counters = countersOf({ email: emailOf('westUser'), address: '192.0.2.1' })
  const rows = await service.db.sql<{ id: string; left: number }[]>`
    select id, round(extract(epoch from empty_at - now()) * 1000)::float8 as left from login_attempts`
  for (const { kind, id, emissionIntervalMs } of counters) {
    const left = rows.find((row) => row.id === id)?.left ?? 0
    if (kind === 'account-and-network') t.equal(left, 0)
    else t.ok(left <= (perPair.burst - 1) * emissionIntervalMs, `${kind}: only what failed`)
  }
  t.equal((await wrong(service, '192.0.2.1')).status, 401)
})

t.test('who logs in again and again is slowed, wherever from, and others are not', async (t) => {
  const service = await start(t)
  t.equal((await login(service, 'westUser', {}, from('192.0.2.1'))).status, 200)
  const successes = countersOf({ email: emailOf('westUser'), address: '192.0.2.1' }).find(({ kind }) => kind === 'successes')
  const [row] = await service.db.sql`select empty_at > now() as counts from login_attempts where id = ${successes?.id ?? null}`
  t.equal(row?.counts, true)
  await fill(service, 'successes')
  assertSlowed(t, await login(service, 'westUser', {}, from('192.0.2.1')), loginLimits.successes.emissionIntervalMs)
  await fill(service, 'successes')
  assertSlowed(t, await login(service, 'westUser', {}, from('192.0.2.2')), loginLimits.successes.emissionIntervalMs)
  t.equal((await login(service, 'westAdmin', {}, from('192.0.2.1'))).status, 200)
})

t.test('guesses count as no success', async (t) => {
  const service = await start(t)
  for (let n = 0; n < 3; n++) await wrong(service, '192.0.2.1')
  const ids = countersOf({ email: emailOf('westUser'), address: '192.0.2.1' }).flatMap(({ kind, id }) => (kind === 'successes' ? [] : [id]))
  const rows = await service.db.sql<{ id: string }[]>`select id from login_attempts`
  t.same(new Set(rows.map(({ id }) => id)), new Set(ids))
})

t.test('attempts at the same moment on two instances pass as many as one after the other', async (t) => {
  const one = await start(t)
  const two = await start(t, { url: one.url })
  const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => wrong(n % 2 ? one : two, '192.0.2.1')))
  const passed = answers.filter(({ status }) => status === 401).length
  t.equal(passed, perPair.burst)
  t.equal((await hashesOf(one, 'check')) + (await hashesOf(two, 'check')), passed)
  t.same(new Set(answers.map(({ status }) => status)), new Set([401, 429]))
  const fresh = await start(t, { url: one.url })
  assertSlowed(t, await wrong(fresh, '192.0.2.1'), perPair.emissionIntervalMs)
})

t.test('a flood that is turned away hardly reaches the database', async (t) => {
  const service = await start(t)
  await fill(service, 'account-and-network')
  const clock = { ms: 0 }
  const throttle = createLoginThrottle(service.db, { logger: service.app.log, now: () => clock.ms })
  const attempt = () => throttle.count({ email: emailOf('westUser'), address: '192.0.2.1' })
  await t.rejects(attempt(), { code: 'rate_limited' })
  await service.db.sql`alter table login_attempts rename to login_attempts_away`
  clock.ms = 999
  for (let n = 0; n < 200; n++) await t.rejects(attempt(), { code: 'rate_limited' })
  clock.ms = 1_000
  await t.rejects(attempt(), { code: '42P01' }, 'once a second the counters are looked at')
})

t.test('an IPv6 client is one client with all its addresses', async (t) => {
  const service = await start(t)
  await tryAll(t, service, (n) => `2001:db8:7:7::${n + 1}`)
  assertSlowed(t, await wrong(service, '2001:db8:7:7:aaaa::1'), perPair.emissionIntervalMs)
  t.equal((await wrong(service, '2001:db8:7:8::1')).status, 401)
})

t.test('what is typed as an email is not kept', async (t) => {
  const service = await start(t)
  await wrong(service, '192.0.2.1', 'my-secret-password@example.com')
  t.notMatch(JSON.stringify(await service.db.sql`select * from login_attempts`), 'my-secret')
  t.notMatch(JSON.stringify(await service.db.sql`select * from outbox`), 'my-secret')
})

t.test('guesses of the current password are slowed as those at the login', async (t) => {
  const service = await start(t)
  await fill(service, 'account-and-network', { address: '127.0.0.1' })
  const body = { currentPassword: 'wrong', newPassword: 'another password' }
  assertSlowed(t, await service.call('PUT', '/v1/users/me/password', { as: userIds.westUser, body }), perPair.emissionIntervalMs)
})

t.test('a login that succeeded stays one when its counters cannot be corrected, which is logged', async (t) => {
  const lines: string[] = []
  const service = await start(t, { log: (line: string) => lines.push(line) })
  await service.db.sql`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'counters are read-only'; end $$`
  await service.db.sql`create trigger refuse before update or delete on login_attempts for each row execute function refuse()`
  t.equal((await login(service, 'westUser', {}, from('192.0.2.1'))).status, 200)
  const logged = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
  t.match(logged, [{ msg: 'a login attempt counts on that should not', err: { message: 'counters are read-only' } }])
})

t.test('counters that are empty again go', async (t) => {
  const service = await start(t)
  for (const kind of ['account-and-network', 'network', 'account'] as const) await fill(service, kind)
  t.equal(await pruneLoginAttempts(service.db), 0)
  await service.db.sql`update login_attempts set empty_at = now() - interval '1 second'`
  t.equal(await pruneLoginAttempts(service.db), 3)
  t.same(await service.db.sql`select from login_attempts`, [])
})
