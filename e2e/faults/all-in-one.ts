import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isolatedEnvironment, startCommand } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'
import type { Teardown } from '@crm/testing/processes.ts'
import postgres from 'postgres'
import { type Arming, armEnvironment, armModule } from './arming.ts'
import { type Evidence, leadTopics, type StoredLead } from './counting/effects.ts'
import type { Load } from './load/load.ts'
import { patienceMs } from './scale.ts'
import { type Supervised, supervise } from './supervised.ts'
import { qualifyGroup } from './system.ts'
import type { TopicRecord } from './topics.ts'

/** The product in one process, over PostgreSQL and the bus that it embeds, kept running by a supervisor. */
export interface AllInOneSystem {
  process: Supervised
  /** Its data folder. */
  dataDir: string
  /** Connection string of the superuser to a database of the PostgreSQL that runs now; the next one has the same. */
  databaseUrl(name: string): Promise<string>
  /** Runs `work` on a connection of its own, as the superuser, to a database of the PostgreSQL that runs now. */
  withDatabase<T>(name: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T>
  /** Resolves when every event is sent and the worker has done every `lead.created`: what is not there then is lost. */
  settled(): Promise<void>
  /** Everything that the loads' writes have led to. Call it when the system has settled. */
  gatherEvidence(loads: readonly Load[]): Promise<Evidence>
}

export interface AllInOneOptions {
  /** Called before each start (`n` counts them): how it is armed, if at all. */
  arm?(n: number): Arming | undefined
}

/** Starts an all-in-one on data of its own and waits until all of it is healthy. */
export async function startAllInOneSystem(t: Teardown, { arm }: AllInOneOptions = {}): Promise<AllInOneSystem> {
  const env = await isolatedEnvironment(t)
  const { CRM_SERVICE_URL: url = '', DATA_DIR = '' } = env
  let starts = 0
  const command = () => {
    starts++
    const arming = arm?.(starts)
    const args = [...(arming ? ['--import', armModule] : []), ...startCommand.args]
    return { ...startCommand, args, env: { ...env, NODE_OPTIONS: undefined, ...(arming && armEnvironment(arming)) } }
  }
  const process = supervise(t, { name: 'all-in-one', url, command, endsItselfBy: arm ? ['SIGKILL'] : [] })
  await process.healthy()

  async function databaseUrl(name: string): Promise<string> {
    const password = await readFile(join(DATA_DIR, 'postgres', 'password'), 'utf8')
    // The server's lock file: process id, data folder, start time, port.
    const port = (await readFile(join(DATA_DIR, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[3]
    return `postgres://postgres:${password}@127.0.0.1:${port}/${name}`
  }

  async function withDatabase<T>(name: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = postgres(await databaseUrl(name), { max: 1, onnotice: () => {} })
    try {
      return await work(sql)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }

  return {
    process,
    dataDir: DATA_DIR,
    databaseUrl,
    withDatabase,
    settled: () => untilSettled(withDatabase),
    async gatherEvidence(loads) {
      const leads = await withDatabase('crm_db', async (sql) => [...(await sql<StoredLead[]>`select id, status, version from leads`)])
      const records = await withDatabase('bus_db', async (sql) => [
        ...(await sql<StoredRecord[]>`
          select topic, partition, record_offset::float8 as "offset", convert_from(key, 'utf8') as key, headers
          from records where topic in ${sql(leadTopics)} order by topic, partition, record_offset`),
      ])
      return { writes: loads.flatMap(({ writes }) => writes), leads, records: records.map(toTopicRecord) }
    },
  }
}

interface StoredRecord extends Omit<TopicRecord, 'id' | 'sequence'> {
  headers: Record<string, string>
}

// Not in SQL: a malformed message may have headers that PostgreSQL cannot take for text.
function toTopicRecord({ headers, ...place }: StoredRecord): TopicRecord {
  return { ...place, id: String(headers.ce_id), sequence: Number(headers.ce_sequence ?? Number.NaN) }
}

async function untilSettled(withDatabase: AllInOneSystem['withDatabase']): Promise<void> {
  const unsent = () =>
    withDatabase('crm_db', async (sql) => {
      const [row] = await sql<{ count: number }[]>`select count(*)::int from outbox where published_at is null`
      return row?.count
    })
  const lag = () =>
    withDatabase('bus_db', async (sql) => {
      const [row] = await sql<{ lag: number }[]>`
        select sum(p.next_offset - coalesce(g.next_offset, 0))::int as lag from partitions p
        left join group_offsets g on g.topic = p.topic and g.partition = p.partition and g.group_name = ${qualifyGroup}
        where p.topic = 'lead.created'`
      return row?.lag
    })
  // Once more at the end: what was consumed meanwhile may have written events.
  const nothingLeft = async () => (await unsent()) === 0 && (await lag()) === 0 && (await unsent()) === 0
  await until(nothingLeft, { timeoutMs: patienceMs, intervalMs: 100, what: 'everything is sent and done' })
}
