import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { CrmUnavailableError } from '@crm/sdk'
import { type AllInOne, acmeWest, isolatedEnvironment, startAllInOne } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { clientOf } from '../client.ts'
import { isAlive, leftovers, postmasterPid } from './processes.ts'

const create = (system: AllInOne, email: string) => clientOf(system).leads.create({ name: 'Leonie', email, companyId: acmeWest })

// One data folder for all: only the first start has to make the data. The last test damages it.
const env = await isolatedEnvironment(t)

t.test('killed at any moment, it starts again and qualifies every lead that was answered, once', async (t) => {
  let answered = 0
  for (let round = 0; round < 3; round++) {
    const system = await startAllInOne(t, env)
    const postmaster = await postmasterPid(system.dataDir)
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let index = 0; ; index++) {
        try {
          await create(system, `kill-${round}-${client}-${index}@example.com`)
          answered++
        } catch (error) {
          if (!(error instanceof CrmUnavailableError)) throw error
        }
      }
    })
    const load = Promise.allSettled(clients)
    const before = answered
    await until(() => answered > before + 60, { timeoutMs: 60_000, what: 'load' })
    await system.process.stop('SIGKILL')
    await load
    await until(() => !isAlive(postmaster), { timeoutMs: 60_000, what: 'PostgreSQL ends with its starter' })
  }
  const system = await startAllInOne(t, env)
  const sql = await system.database('crm_db')
  await until(async () => (await sql`select from leads where status <> 'QUALIFIED'`).length === 0, {
    timeoutMs: 60_000,
    what: 'all are QUALIFIED',
  })
  const [{ stored } = { stored: 0 }] = await sql`select count(*)::int as stored from leads where email like 'kill-%'`
  t.ok(stored >= answered, `${answered} leads were answered, ${stored} are stored`)
  t.equal((await sql`select from leads where version <> 2`).length, 0, 'no lead was qualified twice')
  const doubled = await sql`select record_id from outbox where type = 'lead.qualified' group by record_id having count(*) > 1`
  t.equal(doubled.length, 0, 'no lead.qualified is doubled')
  await system.process.stop()
})

t.test('PostgreSQL killed under load is started again, and nothing that was answered is lost', async (t) => {
  const system = await startAllInOne(t, env)
  let answered = 0
  let stopping = false
  const refused = new Set<string>()
  const load = Array.from({ length: 8 }, async (_, client) => {
    for (let index = 0; !stopping; index++) {
      try {
        await create(system, `crash-${client}-${index}@example.com`)
        answered++
      } catch (error) {
        refused.add(error instanceof CrmUnavailableError ? 'unavailable' : String(error))
      }
    }
  })
  for (let crash = 0; crash < 2; crash++) {
    const before = answered
    await until(() => answered > before + 60, { timeoutMs: 60_000, what: 'leads are created' })
    process.kill(await postmasterPid(system.dataDir), 'SIGKILL')
  }
  const before = answered
  await until(() => answered > before + 60, { timeoutMs: 60_000, what: 'leads are created after the crash' })
  stopping = true
  await Promise.all(load)
  t.strictSame(
    [...refused].filter((why) => why !== 'unavailable'),
    [],
    'whoever was refused was told to come again',
  )
  const sql = await system.database('crm_db')
  await until(async () => (await sql`select from leads where status <> 'QUALIFIED'`).length === 0, {
    timeoutMs: 60_000,
    what: 'all are QUALIFIED',
  })
  const [{ stored } = { stored: 0 }] = await sql`select count(*)::int as stored from leads where email like 'crash-%'`
  t.ok(stored >= answered, `${answered} answered, ${stored} stored`)
  await system.process.stop()
})

t.test('a database that cannot be started again ends the process with one fatal line, and nothing is left behind', async (t) => {
  const system = await startAllInOne(t, env)
  await truncate(join(system.dataDir, 'postgres/data/global/pg_control'), 0)
  process.kill(await postmasterPid(system.dataDir), 'SIGKILL')
  t.same(await system.process.exited, { code: 1, signal: null })
  const fatal = system.process
    .output()
    .split('\n')
    .filter((line) => line.includes('"level":"fatal"'))
  t.match(
    fatal.map((line) => JSON.parse(line)),
    [{ msg: 'all-in-one cannot go on', err: { message: /is damaged \(global\/pg_control/ } }],
  )
  t.equal(fatal.length, 1)
  t.strictSame(await leftovers(system.dataDir), ['postgres/data/postmaster.pid'], 'all but the lock file of the PostgreSQL that was killed')
})
