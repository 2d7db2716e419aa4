import { resolve } from 'node:path'
import { isLoopback } from '@crm/service-kit/config/auth-mode.ts'
import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { addressOf, port, variables } from '@crm/service-kit/config/variables.ts'
import { type Static, Type } from '@sinclair/typebox'
import { rateLimitVariables } from 'gateway/config.ts'
import { bootstrapVariables } from 'user-service/config.ts'
import { bootstrapProblems } from 'user-service/modules/users/bootstrap-problems.ts'

const { CRM_SERVICE_URL, DRAIN_MS, JWT_AUDIENCE, JWT_ISSUER, LOG_LEVEL, NODE_ENV, SIGNING_KEY_SECRET, USER_SERVICE_URL } = variables

/** The environment of the all-in-one: where it keeps its data, and where each service listens. */
export const AllInOneConfig = Type.Object({
  DATA_DIR: Type.String({ minLength: 1, default: '.data', description: 'Folder of the embedded PostgreSQL' }),
  POSTGRES_PORT: port(15_432, 'TCP port of the embedded PostgreSQL; the next free one when it is taken'),
  GATEWAY_URL: addressOf('the gateway', 4000),
  USER_SERVICE_URL,
  CRM_SERVICE_URL,
  ADMIN_PORT: port(8011, 'TCP port of the probes and metrics of crm-worker'),
  LOG_LEVEL: { ...LOG_LEVEL, default: 'warn' as const },
  NODE_ENV,
  JWT_ISSUER,
  JWT_AUDIENCE,
  // Made once and kept in the data folder unless it is given.
  SIGNING_KEY_SECRET: Type.Optional(SIGNING_KEY_SECRET),
  ...bootstrapVariables,
  ...rateLimitVariables,
  DRAIN_MS,
  SEED_SAMPLE_DATA: { ...variables.SEED_SAMPLE_DATA, default: true },
})
export type AllInOneConfig = Static<typeof AllInOneConfig>

/** Throws one ConfigError that names every wrong variable. */
export function loadAllInOneConfig(env: NodeJS.ProcessEnv): AllInOneConfig {
  return loadConfig(AllInOneConfig, env, [productionProblems, sampleDataProblems, bootstrapProblems])
}

function productionProblems({ NODE_ENV }: Partial<AllInOneConfig>): string[] {
  if (NODE_ENV !== 'production') return []
  return ['NODE_ENV=production is refused: the all-in-one is for development, over an embedded database and header mode']
}

function sampleDataProblems({ GATEWAY_URL, SEED_SAMPLE_DATA }: Partial<AllInOneConfig>): string[] {
  if (GATEWAY_URL === undefined || !SEED_SAMPLE_DATA || isLoopback(new URL(GATEWAY_URL).hostname.replace(/^\[|\]$/g, ''))) return []
  return ['GATEWAY_URL beyond loopback wants SEED_SAMPLE_DATA=false: everybody knows the passwords of the sample users']
}

/** The absolute path of DATA_DIR. */
export function dataFolder({ DATA_DIR }: Pick<AllInOneConfig, 'DATA_DIR'>): string {
  return resolve(DATA_DIR)
}

/** The same, read from an environment of which nothing else need be right. */
export function loadDataFolder(env: NodeJS.ProcessEnv): string {
  return dataFolder(loadConfig(Type.Pick(AllInOneConfig, ['DATA_DIR']), env))
}
