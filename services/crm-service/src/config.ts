import { authModeProblems } from '@crm/service-kit/config/auth-mode.ts'
import { busProblems, busVariables } from '@crm/service-kit/config/bus-choice.ts'
import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { port, variables } from '@crm/service-kit/config/variables.ts'
import { type Static, Type } from '@sinclair/typebox'

const { HOST, LOG_LEVEL, NODE_ENV, DATABASE_URL, DATABASE_POOL_MAX, USER_SERVICE_URL, DRAIN_MS } = variables
const { AUTH_MODE, JWT_ISSUER, JWT_AUDIENCE, TRUST_PROXY } = variables

/** The environment of crm-service. */
export const CrmServiceConfig = Type.Object({
  HOST,
  PORT: port(8001),
  LOG_LEVEL,
  NODE_ENV,
  DATABASE_URL,
  DATABASE_POOL_MAX,
  ...busVariables,
  USER_SERVICE_URL,
  AUTH_MODE,
  JWT_ISSUER,
  JWT_AUDIENCE,
  TRUST_PROXY,
  DRAIN_MS,
})
export type CrmServiceConfig = Static<typeof CrmServiceConfig>

/** The environment of crm-worker. */
export const CrmWorkerConfig = Type.Object({
  HOST,
  ADMIN_PORT: port(8011, 'TCP port of the probes and metrics; 0 picks a free one'),
  LOG_LEVEL,
  NODE_ENV,
  DATABASE_URL,
  DATABASE_POOL_MAX,
  ...busVariables,
  DRAIN_MS,
})
export type CrmWorkerConfig = Static<typeof CrmWorkerConfig>

/** Throws one ConfigError that names every wrong variable. */
export function loadCrmServiceConfig(env: NodeJS.ProcessEnv): CrmServiceConfig {
  return loadConfig(CrmServiceConfig, env, [busProblems, authModeProblems])
}

/** Throws one ConfigError that names every wrong variable. */
export function loadCrmWorkerConfig(env: NodeJS.ProcessEnv): CrmWorkerConfig {
  return loadConfig(CrmWorkerConfig, env, [busProblems])
}
