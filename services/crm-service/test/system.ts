import { openBus } from '@crm/events/bus/open-bus.ts'
import { connectDatabase, type Database } from '@crm/service-kit/database/database.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { checkResponses } from '@crm/testing/responses/check-responses.ts'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { loadUserServiceConfig } from 'user-service/config.ts'
import { sampleCompanyIds, sampleUserIds } from 'user-service/sample-data/sample-data.ts'
import { createUserService } from 'user-service/service.ts'
import { loadCrmServiceConfig, loadCrmWorkerConfig } from '../src/config.ts'
import type { Lead } from '../src/modules/leads/leads.schemas.ts'
import { createCrmService, createCrmWorker } from '../src/service.ts'
import { bearer, logIn } from './logins.ts'

checkResponses()

export const { acme, acmeWest, acmeEast, globalTech }: Record<keyof typeof sampleCompanyIds, string> = sampleCompanyIds
export const { admin, acmeAdmin, globalAdmin, west }: Record<keyof typeof sampleUserIds, string> = sampleUserIds

/** What user-service's private signing keys are encrypted by. */
export const signingKeySecret = 'a secret of the tests alone, not one of anybody'

/** An id that no record has. */
export const unknownId = '01980000-0000-7000-8000-00000000ffff'

export interface Problem {
  code: string
  detail: string
  existingId?: string
  errors?: { pointer: string; message: string }[]
}

export interface Answer<Body> {
  status: number
  body: Body
  headers: Record<string, string | undefined>
}

export interface CallOptions {
  /** The caller's id; undefined sends none. */
  as: string | undefined
  /** An access token, sent as it stands. */
  token?: string
  body?: unknown
  headers?: Record<string, string>
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface System {
  crm: FastifyInstance
  /** Connected to crm_db. */
  db: Database
  sql: Database['sql']
  /** Calls crm-service. */
  call<Body = Lead & Problem>(method: Method, path: string, options: CallOptions): Promise<Answer<Body>>
  /** Creates a company below another, as the SYSTEM_ADMIN; returns its id. */
  createCompany(name: string, parentId: string): Promise<string>
  /** Creates a user, as the SYSTEM_ADMIN; returns their id. */
  createUser(role: string, companyId: string, credentials?: { email: string; password?: string }): Promise<string>
  /** Changes a record of user-service, as the SYSTEM_ADMIN. */
  changeIdentity(path: string, body: object): Promise<void>
  startWorker(): Promise<FastifyInstance>
  /** The outbox's events of a record, oldest first. */
  eventsOf(recordId: string): Promise<{ type: string; sequence: number; payload: Record<string, unknown>; requestId: string | null }[]>
  userService: { url: string; databaseUrl: string; stop(): Promise<void>; requests(): string[]; restart(): Promise<void> }
}

export interface SystemOptions {
  /** Of both services. */
  authMode?: 'header' | 'token'
}

/** The real crm-service beside the real user-service with its sample data, each on a database of its own. */
export async function startSystem(t: Test, { authMode = 'header' }: SystemOptions = {}): Promise<System> {
  const [userDb, crmDb, busDb] = await Promise.all(
    ['user_db', 'crm_db', 'bus_db'].map((name) => createTestDatabase(t, { migrations: migrationsFolder(name) })),
  )
  if (!userDb || !crmDb || !busDb) throw new Error('a test database is missing')
  const common = { LOG_LEVEL: 'silent', AUTH_MODE: authMode, BUS_DATABASE_URL: busDb.url, NODE_ENV: 'test' }
  const bus = openBus({ databaseUrl: busDb.url, logger: createLogger({ name: 'test', level: 'silent' }) })
  t.teardown(() => bus.close())

  const requests: string[] = []
  const startUserService = async (port: number) => {
    const identityEnv = {
      ...common,
      DATABASE_URL: userDb.url,
      SEED_SAMPLE_DATA: 'true',
      SIGNING_KEY_SECRET: signingKeySecret,
    }
    const app = await createUserService(loadUserServiceConfig(identityEnv), bus)
    app.server.on('request', ({ method, url }) => requests.push(`${method} ${url}`))
    await app.listen({ host: '127.0.0.1', port })
    return app
  }
  let users = await startUserService(0)
  const address = users.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('user-service does not listen')
  t.teardown(() => users.close())

  const crmEnv = { ...common, DATABASE_URL: crmDb.url, USER_SERVICE_URL: `http://127.0.0.1:${address.port}` }
  const crm = await createCrmService(loadCrmServiceConfig(crmEnv), bus)
  await crm.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => crm.close())
  const db = connectDatabase({ url: crmDb.url, maxConnections: 2, applicationName: 'test' })
  const { sql } = db
  t.teardown(() => db.close())

  const asAdmin = {
    'x-user-id': admin,
    ...(authMode === 'token' && bearer((await logIn(crmEnv.USER_SERVICE_URL, 'admin@crm.com', 'admin123')).accessToken)),
  }
  const identity = async (method: Method, path: string, body: object) => {
    const answer = await users.inject({ method, url: path, headers: asAdmin, payload: body })
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.body}`)
    return answer.json<{ id: string }>()
  }
  let count = 0
  return {
    crm,
    db,
    sql,
    async call(method, path, { as, token, body, headers }) {
      const answer = await crm.inject({
        method,
        url: path,
        headers: { ...(as !== undefined && { 'x-user-id': as }), ...(token !== undefined && bearer(token)), ...headers },
        ...(body !== undefined && { payload: body as object }),
      })
      const text = answer.body
      return {
        status: answer.statusCode,
        body: /json/.test(String(answer.headers['content-type'])) ? JSON.parse(text) : text,
        headers: answer.headers as Record<string, string | undefined>,
      }
    },
    createCompany: async (name, parentId) => (await identity('POST', '/v1/companies', { name, parentId })).id,
    createUser: async (role, companyId, credentials = { email: `user${++count}@example.com` }) =>
      (await identity('POST', '/v1/users', { role, companyId, ...credentials })).id,
    changeIdentity: async (path, body) => void (await identity('PATCH', path, body)),
    async startWorker() {
      const worker = await createCrmWorker(loadCrmWorkerConfig(crmEnv), bus)
      await worker.listen({ host: '127.0.0.1', port: 0 })
      t.teardown(() => worker.close())
      return worker
    },
    eventsOf: async (recordId) => [
      ...(await sql<{ type: string; sequence: number; payload: Record<string, unknown>; requestId: string | null }[]>`
        select type, sequence::int, payload, request_id as "requestId" from outbox where record_id = ${recordId} order by id`),
    ],
    userService: {
      url: crmEnv.USER_SERVICE_URL,
      databaseUrl: userDb.url,
      stop: () => users.close(),
      requests: () => requests,
      restart: async () => {
        users = await startUserService(address.port)
      },
    },
  }
}
