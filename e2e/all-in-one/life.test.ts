import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { type AllInOne, acmeWest, isolatedEnvironment, startAllInOne } from './all-in-one.ts'

const create = (system: AllInOne, email: string) => system.call('POST', '/v1/leads', { name: 'Leonie', email, companyId: acmeWest })

const postmasterPid = async (dataDir: string) =>
  Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function allQualified(system: AllInOne, count: number): Promise<boolean> {
  const { body } = await system.call('GET', '/v1/leads?status=QUALIFIED&limit=500')
  return body.data?.length === count
}

t.test('Ctrl-C in a terminal stops everything cleanly, leaves nothing behind, and the data lasts', async (t) => {
  const env = await isolatedEnvironment(t)
  const first = await startAllInOne(t, env)
  t.equal((await create(first, 'lasting@example.com')).status, 201)
  const postmaster = await postmasterPid(first.dataDir)

  // A terminal signals the whole group, and package runners send the signal on once more.
  process.kill(-first.process.pid, 'SIGINT')
  process.kill(-first.process.pid, 'SIGINT')
  t.same(await first.process.exited, { code: 0, signal: null })
  t.notOk(isAlive(postmaster), 'PostgreSQL is gone')
  await t.rejects(readFile(join(first.dataDir, 'lock')), 'the lock is released')
  await t.rejects(readFile(join(first.dataDir, 'postgres/data/postmaster.pid')), 'PostgreSQL was shut down, not killed')

  const second = await startAllInOne(t, env)
  await until(() => allQualified(second, 1), { timeoutMs: 10_000, what: 'the lead is there, QUALIFIED' })
})

t.test('SIGTERM under load fails no request in flight', async (t) => {
  const env = await isolatedEnvironment(t)
  const system = await startAllInOne(t, { ...env, DRAIN_MS: '300' })
  let answered = 0
  const failures: string[] = []
  let stopping = false
  const load = Array.from({ length: 8 }, async (_, client) => {
    for (let index = 0; !stopping; index++) {
      const { status } = await create(system, `load-${client}-${index}@example.com`)
      if (status === 201) answered++
      else failures.push(String(status))
    }
  })
  await until(() => answered > 50, { timeoutMs: 10_000, what: 'load' })
  const ended = system.process.stop('SIGTERM')
  // Clients stop sending while the process drains, as a load balancer makes them.
  stopping = true
  await Promise.all(load)
  t.equal((await ended).code, 0)
  t.strictSame(failures, [])

  const again = await startAllInOne(t, env)
  const sql = await again.database('crm_db')
  await until(async () => (await sql`select from leads where status <> 'QUALIFIED'`).length === 0, {
    timeoutMs: 20_000,
    what: 'all are QUALIFIED',
  })
  t.equal((await sql`select from leads`).length, answered, 'every answered lead is there')
})

t.test('killed at any moment, it starts again and qualifies every lead that was answered, once', async (t) => {
  const env = await isolatedEnvironment(t)
  let answered = 0
  for (let round = 0; round < 3; round++) {
    const system = await startAllInOne(t, env)
    const postmaster = await postmasterPid(system.dataDir)
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let index = 0; ; index++) {
        const { status } = await create(system, `kill-${round}-${client}-${index}@example.com`)
        if (status === 201) answered++
      }
    })
    const load = Promise.allSettled(clients)
    const before = answered
    await until(() => answered > before + 60, { timeoutMs: 10_000, what: 'load' })
    await system.process.stop('SIGKILL')
    await load
    await until(() => !isAlive(postmaster), { timeoutMs: 10_000, what: 'PostgreSQL ends with its starter' })
  }
  const system = await startAllInOne(t, env)
  const sql = await system.database('crm_db')
  await until(async () => (await sql`select from leads where status <> 'QUALIFIED'`).length === 0, {
    timeoutMs: 20_000,
    what: 'all are QUALIFIED',
  })
  const [{ stored } = { stored: 0 }] = await sql`select count(*)::int as stored from leads`
  t.ok(stored >= answered, `${answered} leads were answered, ${stored} are stored`)
  t.equal((await sql`select from leads where version <> 2`).length, 0, 'no lead was qualified twice')
  const doubled = await sql`select record_id from outbox where type = 'lead.qualified' group by record_id having count(*) > 1`
  t.equal(doubled.length, 0, 'no lead.qualified is doubled')
})

t.test('PostgreSQL killed under load is started again, and nothing that was answered is lost', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  let answered = 0
  let stopping = false
  const refused = new Set<number>()
  const load = Array.from({ length: 8 }, async (_, client) => {
    for (let index = 0; !stopping; index++) {
      const { status } = await create(system, `crash-${client}-${index}@example.com`)
      if (status === 201) answered++
      else refused.add(status)
    }
  })
  for (let crash = 0; crash < 2; crash++) {
    const before = answered
    await until(() => answered > before + 60, { timeoutMs: 20_000, what: 'leads are created' })
    process.kill(await postmasterPid(system.dataDir), 'SIGKILL')
  }
  const before = answered
  await until(() => answered > before + 60, { timeoutMs: 20_000, what: 'leads are created after the crash' })
  stopping = true
  await Promise.all(load)
  t.strictSame(
    [...refused].filter((status) => status !== 503),
    [],
    'whoever was refused got 503',
  )
  const sql = await system.database('crm_db')
  await until(async () => (await sql`select from leads where status <> 'QUALIFIED'`).length === 0, {
    timeoutMs: 30_000,
    what: 'all are QUALIFIED',
  })
  const [{ stored } = { stored: 0 }] = await sql`select count(*)::int as stored from leads`
  t.ok(stored >= answered, `${answered} answered, ${stored} stored`)
})
