import { join } from 'node:path'
import { createTestDatabase } from '@crm/testing/database.ts'
import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import type { Teardown } from '@crm/testing/processes.ts'
import { nodeOptions } from '@crm/testing/service-processes.ts'
import postgres from 'postgres'
import { openBus } from '../../../packages/events/src/bus/open-bus.ts'
import * as consumerTables from '../../../packages/events/src/consumer/schema.ts'
import * as inboxTables from '../../../packages/events/src/inbox/schema.ts'
import { createLogger } from '../../../packages/service-kit/src/logging/logger.ts'
import { type Arming, armEnvironment, armModule } from '../arming.ts'
import { countRedeliveries, type Redeliveries, watchRedeliveries } from '../counting/redeliveries.ts'
import { patienceMs } from '../scale.ts'
import { type Supervised, supervise } from '../supervised.ts'
import { groupLag } from '../topics.ts'
import * as ledgerTables from './schema.ts'
import type { LedgerBus, LedgerSettings } from './settings.ts'

export type LedgerOptions = LedgerBus & LedgerWork

interface LedgerWork extends Partial<Pick<LedgerSettings, 'group' | 'behaviour' | 'retry'>> {
  types: readonly string[]
  /** Processes that share the group; default 1. */
  processes?: number
  /** Called before each start of a process (`n` counts them all): how it is armed, if at all. */
  arm?(n: number): Arming | undefined
  /** Its behaviour may kill it by SIGKILL. */
  killsItself?: boolean
  /** Superuser's URL of the server for its database; the one that tests share unless given. */
  server?: string
}

/** An event that was handled. */
export interface Entry {
  position: number
  eventId: string
  recordId: string
  type: string
  sequence: number | null
  partition: number
  recordOffset: number
}

export interface Ledger {
  /** Of the events that it listens to. */
  types: readonly string[]
  processes: Supervised[]
  /** Connected to the ledger's database. */
  sql: postgres.Sql
  /** What has been handled, in the order in which it was. */
  entries(): Promise<Entry[]>
  /** What came to it again after it was noted, so far. */
  redeliveries(): Promise<Redeliveries>
  /** Resolves when the group has done all records of its topics. */
  settled(): Promise<void>
}

/** Starts processes of one consumer group that note what they handle in a database of their own. */
export async function startLedger(t: Teardown, options: LedgerOptions): Promise<Ledger> {
  const { types, processes: count = 1, arm, group = 'ledger.note-events', behaviour, retry, killsItself = false } = options
  const bus = busOf(options)
  const tables = { ...consumerTables, ...inboxTables, ...ledgerTables }
  const { url: databaseUrl } = await createTestDatabase(t, { tables }, options.server)
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: 5, backoff: () => 0.2 })
  t.teardown(() => sql.end({ timeout: 1 }))
  await watchRedeliveries(sql)
  const settings = { ...bus, group, types, databaseUrl, ...(behaviour && { behaviour }), ...(retry && { retry }) }
  let starts = 0
  const command = (port: number) => () => {
    starts++
    const arming = arm?.(starts)
    const args = [...(arming ? ['--import', armModule] : []), join(import.meta.dirname, 'program.ts')]
    const LEDGER = JSON.stringify({ ...settings, port } satisfies LedgerSettings)
    const env = { NODE_OPTIONS: nodeOptions, LOG_LEVEL: 'warn', LEDGER, ...(arming && armEnvironment(arming)) }
    return { command: process.execPath, args, env }
  }
  const processes: Supervised[] = []
  for (let n = 0; n < count; n++) {
    const port = await freePort()
    const endsItselfBy = arm || killsItself ? (['SIGKILL'] as const) : []
    processes.push(supervise(t, { name: `ledger ${n + 1}`, url: `http://127.0.0.1:${port}`, command: command(port), endsItselfBy }))
  }
  await Promise.all(processes.map((process) => process.healthy()))
  return {
    types,
    processes,
    sql,
    entries: async () => [
      ...(await sql<Entry[]>`
        select position::float8, event_id as "eventId", record_id as "recordId", type, sequence, partition,
          record_offset::float8 as "recordOffset"
        from entries order by position`),
    ],
    redeliveries: () => countRedeliveries(sql, group),
    settled: async () => {
      let lag = 0
      const isDone = async () => {
        lag = await lagOf(bus, group, types)
        return lag === 0
      }
      await until(isDone, { timeoutMs: patienceMs, intervalMs: 100, what: `${group} has done all records` }).catch((error: Error) => {
        throw new Error(`${error.message}; left: ${lag}`)
      })
    },
  }
}

function busOf(options: LedgerBus): LedgerBus {
  if ('busDatabaseUrl' in options) return { busDatabaseUrl: options.busDatabaseUrl }
  const { brokers, sessionTimeoutMs } = options
  return { brokers, ...(sessionTimeoutMs !== undefined && { sessionTimeoutMs }) }
}

async function lagOf(place: LedgerBus, group: string, types: readonly string[]): Promise<number> {
  if ('brokers' in place) return await groupLag(place.brokers, group, types)
  const bus = openBus({ databaseUrl: place.busDatabaseUrl, logger: createLogger({ name: 'lag', level: 'silent' }) })
  try {
    return [...(await bus.lag(group, types)).values()].reduce((sum, lag) => sum + lag, 0)
  } finally {
    await bus.close()
  }
}
