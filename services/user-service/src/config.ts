import { authModeProblems } from '@crm/service-kit/config/auth-mode.ts'
import { busProblems, busVariables } from '@crm/service-kit/config/bus-choice.ts'
import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { port, variables } from '@crm/service-kit/config/variables.ts'
import { type Static, Type } from '@sinclair/typebox'

const { HOST, LOG_LEVEL, NODE_ENV, DATABASE_URL, DATABASE_POOL_MAX, AUTH_MODE, DRAIN_MS, SEED_SAMPLE_DATA } = variables

/** The environment of user-service. */
export const UserServiceConfig = Type.Object({
  HOST,
  PORT: port(8002),
  LOG_LEVEL,
  NODE_ENV,
  DATABASE_URL,
  DATABASE_POOL_MAX,
  ...busVariables,
  AUTH_MODE,
  DRAIN_MS,
  SEED_SAMPLE_DATA,
})
export type UserServiceConfig = Static<typeof UserServiceConfig>

/** Throws one ConfigError that names every wrong variable. */
export function loadUserServiceConfig(env: NodeJS.ProcessEnv): UserServiceConfig {
  return loadConfig(UserServiceConfig, env, [busProblems, sampleDataProblems, authModeProblems])
}

function sampleDataProblems({ NODE_ENV, SEED_SAMPLE_DATA }: Partial<UserServiceConfig>): string[] {
  const isRefused = SEED_SAMPLE_DATA && NODE_ENV === 'production'
  return isRefused ? ['SEED_SAMPLE_DATA=true is refused with NODE_ENV=production: everybody knows the passwords of the sample users'] : []
}
