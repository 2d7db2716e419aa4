import { openBus } from '@crm/events/bus/open-bus.ts'
import type { Role } from '@crm/service-kit/access/access.ts'
import { connectDatabase, type Database } from '@crm/service-kit/database/database.ts'
import { createService } from '@crm/service-kit/http/service.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { checkResponses } from '@crm/testing/responses/check-responses.ts'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import type { Test } from 'tap'
import { apiDescription } from '../src/api-description.ts'
import { type UserServiceAppConfig, userServiceApp } from '../src/app.ts'

checkResponses()

const uuid = (last: string) => `01980000-0000-7000-8000-${last.padStart(12, '0')}`

/** acme > west > westSub, acme > east; globex; closed (inactive) > closedChild. */
export const companyIds = {
  acme: uuid('c1'),
  west: uuid('c2'),
  westSub: uuid('c3'),
  east: uuid('c4'),
  globex: uuid('c5'),
  closed: uuid('c6'),
  closedChild: uuid('c7'),
} as const

export const userIds = {
  root: uuid('a1'),
  acmeAdmin: uuid('a2'),
  westAdmin: uuid('a3'),
  westUser: uuid('a4'),
  westColleague: uuid('a5'),
  eastUser: uuid('a6'),
  globexAdmin: uuid('a7'),
  westInactive: uuid('a8'),
  closedUser: uuid('a9'),
  closedChildUser: uuid('aa'),
} as const

export const unknownId = uuid('ffff')

export type CompanyName = keyof typeof companyIds
export type UserName = keyof typeof userIds

const { acme, west, westSub, east, globex, closed, closedChild } = companyIds
const companies: [string, CompanyName, string[], boolean][] = [
  [acme, 'acme', [], true],
  [west, 'west', [acme], true],
  [westSub, 'westSub', [acme, west], true],
  [east, 'east', [acme], true],
  [globex, 'globex', [], true],
  [closed, 'closed', [], false],
  [closedChild, 'closedChild', [closed], true],
]
const users: [UserName, Role, string | null, boolean][] = [
  ['root', 'SYSTEM_ADMIN', null, true],
  ['acmeAdmin', 'PARENT_ADMIN', acme, true],
  ['westAdmin', 'PARENT_ADMIN', west, true],
  ['westUser', 'CHILD_USER', west, true],
  ['westColleague', 'CHILD_USER', west, true],
  ['eastUser', 'CHILD_USER', east, true],
  ['globexAdmin', 'PARENT_ADMIN', globex, true],
  ['westInactive', 'CHILD_USER', west, false],
  ['closedUser', 'PARENT_ADMIN', closed, true],
  ['closedChildUser', 'CHILD_USER', closedChild, true],
]

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the tests find out.
export type Json = any

export interface Answer {
  status: number
  body: Json
  headers: Record<string, string | undefined>
}

export interface CallOptions {
  /** Of `userIds`, or any id; undefined sends none. */
  as?: string | undefined
  body?: unknown
  headers?: Record<string, string>
}

export interface TestService {
  app: FastifyInstance
  db: Database
  url: string
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options?: CallOptions): Promise<Answer>
  /** The events in the outbox that follow a record, oldest first. */
  eventsOf(
    recordId: string,
  ): Promise<{ type: string; sequence: number; payload: Json; requestId: string | null; traceparent: string | null }[]>
}

/** A secret for the keys of tests. */
export const signingKeySecret = 'a secret of tests, of 32 characters or more'

export const appConfig: UserServiceAppConfig = {
  AUTH_MODE: 'header',
  JWT_ISSUER: 'crm',
  JWT_AUDIENCE: 'crm-api',
  SIGNING_KEY_SECRET: signingKeySecret,
  SEED_SAMPLE_DATA: false,
}

export interface StartOptions {
  isEmpty?: boolean
  seed?: boolean
  log?: (line: string) => void
  config?: Partial<UserServiceAppConfig>
  /** Another instance on the database of one that runs. */
  url?: string
  trustProxy?: string
}

/** A database of one's own, with the companies and users above unless told otherwise. */
export async function startDatabase(t: Test, { isEmpty = false } = {}): Promise<Database> {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('user_db') })
  const db = connectDatabase({ url, applicationName: 'test', maxConnections: 10 })
  t.teardown(() => db.close())
  if (!isEmpty) await insertFixture(db)
  return db
}

/** The real service on a database of its own, which holds the companies and users above unless told otherwise. */
export async function startService(t: Test, options: StartOptions = {}): Promise<TestService> {
  const { url } =
    options.url === undefined ? await createTestDatabase(t, { migrations: migrationsFolder('user_db') }) : { url: options.url }
  const db = connectDatabase({ url, applicationName: 'test', maxConnections: 10 })
  if (!options.isEmpty && options.url === undefined) await insertFixture(db)
  const { log } = options
  const logger = createLogger({ name: 'user-service', level: log ? 'trace' : 'silent', ...(log && { destination: { write: log } }) })
  const busDatabase = await createTestDatabase(t, { migrations: migrationsFolder('bus_db') })
  const bus = openBus({ databaseUrl: busDatabase.url, logger })
  const registry = new Registry()
  const app = await createService({
    logger,
    registry,
    db,
    migrationsFolder: migrationsFolder('user_db'),
    pingBus: () => bus.ping(),
    authMode: options.config?.AUTH_MODE ?? 'header',
    trustProxy: options.trustProxy ?? '',
    openApi: apiDescription,
  })
  await app.register(userServiceApp, {
    db,
    bus,
    registry,
    config: { ...appConfig, SEED_SAMPLE_DATA: options.seed ?? false, ...options.config },
  })
  await app.ready()
  t.teardown(async () => {
    await app.close()
    await bus.close()
    await db.close()
  })
  return {
    app,
    db,
    url,
    async call(method, path, { as, body, headers } = {}) {
      const userId = as !== undefined && as in userIds ? userIds[as as UserName] : as
      const answer = await app.inject({
        method,
        url: path,
        headers: { ...(userId !== undefined && { 'x-user-id': userId }), ...headers },
        ...(body !== undefined && { payload: body as object }),
      })
      const isJson = /json/.test(String(answer.headers['content-type']))
      return { status: answer.statusCode, body: isJson ? answer.json() : answer.body, headers: answer.headers as Answer['headers'] }
    },
    eventsOf: async (recordId) => [
      ...(await db.sql<Json[]>`
        select type, sequence::int, payload, request_id as "requestId", traceparent from outbox where record_id = ${recordId} order by id`),
    ],
  }
}

async function insertFixture({ sql }: Database): Promise<void> {
  const born = new Date('2026-01-01T00:00:00.000Z')
  for (const [id, name, ancestorIds, isActive] of companies) {
    await sql`
      insert into companies (id, name, parent_id, ancestor_ids, is_active, version, created_at, updated_at)
      values (${id}, ${name}, ${ancestorIds.at(-1) ?? null}, ${ancestorIds}::uuid[], ${isActive}, 1, ${born}, ${born})`
  }
  for (const [name, role, companyId, isActive] of users) {
    await sql`
      insert into users (id, email, first_name, last_name, role, company_id, is_active, version, created_at, updated_at)
      values (${userIds[name]}, ${`${name.toLowerCase()}@example.com`}, ${name}, 'Test', ${role}, ${companyId}, ${isActive}, 1, ${born}, ${born})`
  }
}
