import { randomUUID } from 'node:crypto'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { startTestKafka, type TestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import { freePorts } from '@crm/testing/ports.ts'
import type { Teardown } from '@crm/testing/processes.ts'
import type { TestServer } from '@crm/testing/server.ts'
import { serviceCommand } from '@crm/testing/service-processes.ts'
import postgres from 'postgres'
import { type Arming, armEnvironment, armModule, sessionEnvironment } from './arming.ts'
import { type Evidence, leadTopics, type StoredLead } from './counting/effects.ts'
import type { Load } from './load/load.ts'
import { patienceMs } from './scale.ts'
import { type Supervised, supervise } from './supervised.ts'
import { groupLag, readTopic } from './topics.ts'

/** The group of crm-worker, which makes NEW leads QUALIFIED. */
export const qualifyGroup = 'crm-worker.qualify-lead'

export interface SystemOptions {
  /** Processes of each kind; default 1. */
  crmServices?: number
  crmWorkers?: number
  /** One of its own unless given. Its topics have the product's names: one broker serves one system. */
  kafka?: TestKafka
  /** How long the group of crm-worker misses one that was killed; the product's 10 s unless given. The broker has to allow it. */
  workerSessionMs?: number
  /** The server that tests share unless given: a test that breaks it needs one of its own. */
  postgres?: TestServer
  /** Called before each start of a process (`n` counts those of its kind): how it is armed, if at all. */
  arm?: Partial<Record<'crm-service' | 'crm-worker', (n: number) => Arming | undefined>>
}

/** The product as separate processes over PostgreSQL and Kafka, each kept running by a supervisor, with the sample data. */
export interface System {
  kafka: TestKafka
  userService: Supervised
  crmServices: Supervised[]
  crmWorkers: Supervised[]
  /** All of the above. */
  processes: Supervised[]
  /** Connected to crm_db; survives outages of the server. */
  sql: postgres.Sql
  crmDatabaseUrl: string
  /** Stops processes in order, so that they leave nothing on its way, and starts them again. */
  restart(processes: readonly Supervised[]): Promise<void>
  /** Resolves when every event is sent and the worker has done every `lead.created`: what is not there then is lost. */
  settled(): Promise<void>
  /** Everything that the loads' writes have led to. Call it when the system has settled. */
  gatherEvidence(loads: readonly Load[]): Promise<Evidence>
}

type Env = Record<string, string>

/** Starts a system and waits until all of it is healthy. */
export async function startSystem(t: Teardown, options: SystemOptions = {}): Promise<System> {
  const { crmServices: services = 1, crmWorkers: workers = 1 } = options
  const server = options.postgres?.url()
  const [kafka, userDb, crmDb, ports] = await Promise.all([
    options.kafka ?? startTestKafka(t),
    createTestDatabase(t, { migrations: migrationsFolder('user_db') }, server),
    createTestDatabase(t, { migrations: migrationsFolder('crm_db') }, server),
    freePorts(1 + services + workers),
  ])
  const [userPort = 0, ...others] = ports
  const SIGNING_KEY_SECRET = randomUUID()
  const common = { KAFKA_BROKERS: kafka.brokers, AUTH_MODE: 'header', USER_SERVICE_URL: `http://127.0.0.1:${userPort}` }
  const crmEnv = { ...common, DATABASE_URL: crmDb.url }

  const userService = supervise(t, {
    name: 'user-service',
    url: common.USER_SERVICE_URL,
    command: () => {
      const env: Env = { ...common, PORT: String(userPort), DATABASE_URL: userDb.url, SEED_SAMPLE_DATA: 'true', SIGNING_KEY_SECRET }
      return serviceCommand({ service: 'user-service', script: 'start', env })
    },
  })
  const ofCrm = (kind: 'crm-service' | 'crm-worker', port: number, n: number) =>
    supervise(t, {
      name: n === 0 ? kind : `${kind} ${n + 1}`,
      url: `http://127.0.0.1:${port}`,
      command: crmCommand(kind, { ...crmEnv, [kind === 'crm-service' ? 'PORT' : 'ADMIN_PORT']: String(port) }, options),
      endsItselfBy: options.arm?.[kind] === undefined ? [] : ['SIGKILL'],
    })
  const crmServices = others.slice(0, services).map((port, n) => ofCrm('crm-service', port, n))
  const crmWorkers = others.slice(services).map((port, n) => ofCrm('crm-worker', port, n))
  const processes = [userService, ...crmServices, ...crmWorkers]

  const sql = postgres(crmDb.url, { max: 2, onnotice: () => {}, connect_timeout: 5, backoff: () => 0.2 })
  t.teardown(() => sql.end({ timeout: 1 }))
  await Promise.all(processes.map((process) => process.healthy()))
  return {
    ...{ kafka, userService, crmServices, crmWorkers, processes, sql },
    crmDatabaseUrl: crmDb.url,
    async restart(some) {
      await Promise.all(some.map((process) => process.stop().then(process.start)))
    },
    settled: () => untilSettled(sql, kafka.brokers),
    async gatherEvidence(loads) {
      const leads = await sql<StoredLead[]>`select id, status, version from leads`
      const records = await Promise.all(leadTopics.map((topic) => readTopic(kafka.brokers, topic)))
      return { writes: loads.flatMap(({ writes }) => writes), leads, records: records.flat() }
    },
  }
}

function crmCommand(kind: 'crm-service' | 'crm-worker', env: Env, { arm, workerSessionMs }: SystemOptions) {
  const script = kind === 'crm-service' ? 'start' : 'start:worker'
  const session = kind === 'crm-worker' && workerSessionMs !== undefined ? sessionEnvironment(workerSessionMs) : {}
  let starts = 0
  return () => {
    starts++
    const arming = arm?.[kind]?.(starts)
    const added = { ...session, ...(arming && armEnvironment(arming)) }
    const preload = Object.keys(added).length > 0 ? { preload: armModule } : {}
    return serviceCommand({ service: 'crm-service', script, env: { ...env, ...added }, ...preload })
  }
}

async function untilSettled(sql: postgres.Sql, brokers: string): Promise<void> {
  let left = ''
  const allSent = async () => {
    const [row] = await sql<{ unsent: number }[]>`select count(*)::int as unsent from outbox where published_at is null`
    left = `${row?.unsent} events unsent`
    return row?.unsent === 0
  }
  const nothingLeft = async () => {
    if (!(await allSent())) return false
    const lag = await groupLag(brokers, qualifyGroup, ['lead.created'])
    left = `${lag} records of lead.created not consumed`
    // Once more: what was consumed meanwhile may have written events.
    return lag === 0 && (await allSent())
  }
  await until(nothingLeft, { timeoutMs: patienceMs, intervalMs: 100, what: 'everything is sent and done' }).catch((error: Error) => {
    throw new Error(`${error.message}; left: ${left}`)
  })
}
