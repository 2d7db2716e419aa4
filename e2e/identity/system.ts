import { randomUUID } from 'node:crypto'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { until } from '@crm/testing/poll.ts'
import { freePorts } from '@crm/testing/ports.ts'
import type { TestProcess } from '@crm/testing/processes.ts'
import { startService, untilHealthy } from '@crm/testing/service-processes.ts'
import { createTokenSigner, type TokenSigner } from '@crm/testing/tokens/token-signer.ts'
import postgres from 'postgres'
import type { Test } from 'tap'

/** The sample users that the tests play: the two of a tree each, and the one who may do all. */
export const people = {
  west: { email: 'user.west@crm.com', password: 'west123', companyId: '01980000-0000-7000-8000-00000000c002' },
  global: { email: 'admin.global@crm.com', password: 'global123', companyId: '01980000-0000-7000-8000-00000000c004' },
  admin: { email: 'admin@crm.com', password: 'admin123', companyId: '01980000-0000-7000-8000-00000000c004' },
} as const

export interface IdentityOptions {
  /** Added to the environment of the gateway, or of user-service. */
  gateway?: Record<string, string>
  users?: Record<string, string>
  logLevel?: string
}

export interface IdentitySystem {
  urls: { gateway: string; users: string; crm: string }
  processes: { gateway: TestProcess; users: TestProcess; crm: TestProcess }
  /** Connected to user_db. */
  sql: postgres.Sql
}

/** The gateway, user-service and crm-service in token mode, each a process of its own, with the sample data. */
export async function startIdentitySystem(t: Test, options: IdentityOptions = {}): Promise<IdentitySystem> {
  const [userDb, crmDb, busDb] = await Promise.all(
    ['user_db', 'crm_db', 'bus_db'].map((name) => createTestDatabase(t, { migrations: migrationsFolder(name) })),
  )
  const ports = await freePorts(3)
  if (!userDb || !crmDb || !busDb) throw new Error('a test database is missing')
  const [users = '', crm = '', gateway = ''] = ports.map((port) => `http://127.0.0.1:${port}`)
  const [usersPort, crmPort, gatewayPort] = ports.map(String)
  const common = {
    AUTH_MODE: 'token',
    BUS_DATABASE_URL: busDb.url,
    USER_SERVICE_URL: users,
    CRM_SERVICE_URL: crm,
    TRUST_PROXY: '127.0.0.1',
    ...(options.logLevel && { LOG_LEVEL: options.logLevel }),
  }
  const sql = postgres(userDb.url, { max: 1, onnotice: () => {} })
  t.teardown(() => sql.end({ timeout: 1 }))
  const secret = { SIGNING_KEY_SECRET: randomUUID() }
  const start = (service: string, port = '', env: Record<string, string> = {}) =>
    startService(t, { service, script: 'start', env: { ...common, PORT: port, ...env } })
  const processes = {
    users: await start('user-service', usersPort, { ...secret, DATABASE_URL: userDb.url, SEED_SAMPLE_DATA: 'true', ...options.users }),
    crm: await start('crm-service', crmPort, { DATABASE_URL: crmDb.url }),
    gateway: await start('gateway', gatewayPort, { ...manyRequests, TRUST_PROXY: '', ...options.gateway }),
  }
  await Promise.all([untilHealthy(processes.users, users), untilHealthy(processes.crm, crm)])
  await untilHealthy(processes.gateway, gateway)
  return { urls: { users, crm, gateway }, processes, sql }
}

// So that what is refused is refused for what it says.
const manyRequests = { RATE_LIMIT_PER_USER: '1000000', RATE_LIMIT_PER_ADDRESS: '1000000', RATE_LIMIT_UNAUTHENTICATED: '1000000' }

/**
 * A key pair of the test whose public key user-service publishes, as one that is to sign later: tokens by it are refused for what
 * they say alone. Call it before the first token is shown, as services remember the keys for 30 s.
 */
export async function publishedSigner({ sql, urls }: IdentitySystem): Promise<TokenSigner> {
  const signer = createTokenSigner({ kid: 'a-key-of-the-test' })
  await sql`
    insert into signing_keys (id, public_key, encrypted_private_key, created_at, signs_from)
    values (${signer.kid}, ${signer.publicKeyPem}, ${Buffer.alloc(1)}, now(), now() + interval '1 day')`
  const isPublished = async () => (await publishedKeys(urls.users)).some(({ kid }) => kid === signer.kid)
  await until(isPublished, { timeoutMs: 30_000, intervalMs: 200, what: 'the key of the test is published' })
  return signer
}

export async function publishedKeys(url: string): Promise<{ kid: string; kty: string; crv: string; x: string }[]> {
  const answer = await fetch(`${url}/.well-known/jwks.json`)
  const { keys } = (await answer.json()) as { keys: { kid: string; kty: string; crv: string; x: string }[] }
  return keys
}
