import { assertAuthModeAllowed } from '@crm/service-kit/config/auth-mode.ts'
import { ConfigError } from '@crm/service-kit/config/config-error.ts'
import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { port, variables } from '@crm/service-kit/config/variables.ts'
import { type Static, Type } from '@sinclair/typebox'

const { HOST, LOG_LEVEL, NODE_ENV, DATABASE_URL, DATABASE_POOL_MAX, BUS_DATABASE_URL, AUTH_MODE, DRAIN_MS, SEED_SAMPLE_DATA } = variables

/** The environment of user-service. */
export const UserServiceConfig = Type.Object({
  HOST,
  PORT: port(8002),
  LOG_LEVEL,
  NODE_ENV,
  DATABASE_URL,
  DATABASE_POOL_MAX,
  BUS_DATABASE_URL,
  AUTH_MODE,
  DRAIN_MS,
  SEED_SAMPLE_DATA,
})
export type UserServiceConfig = Static<typeof UserServiceConfig>

/** Throws one ConfigError that names every wrong variable. */
export function loadUserServiceConfig(env: NodeJS.ProcessEnv): UserServiceConfig {
  const config = loadConfig(UserServiceConfig, env)
  const problems = [...sampleDataProblems(config), ...authModeProblems(config)]
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

function sampleDataProblems({ NODE_ENV, SEED_SAMPLE_DATA }: UserServiceConfig): string[] {
  const isRefused = SEED_SAMPLE_DATA && NODE_ENV === 'production'
  return isRefused ? ['SEED_SAMPLE_DATA=true is refused with NODE_ENV=production: everybody knows the passwords of the sample users'] : []
}

function authModeProblems(config: UserServiceConfig): string[] {
  try {
    assertAuthModeAllowed(config)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return [error.message]
    throw error
  }
}
