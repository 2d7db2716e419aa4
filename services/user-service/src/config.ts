import { authModeProblems } from '@crm/service-kit/config/auth-mode.ts'
import { busProblems, busVariables } from '@crm/service-kit/config/bus-choice.ts'
import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { port, variables } from '@crm/service-kit/config/variables.ts'
import { type Static, Type } from '@sinclair/typebox'
import { bootstrapProblems } from './modules/users/bootstrap-problems.ts'

const { HOST, LOG_LEVEL, NODE_ENV, DATABASE_URL, DATABASE_POOL_MAX, DRAIN_MS, SEED_SAMPLE_DATA } = variables
const { AUTH_MODE, JWT_ISSUER, JWT_AUDIENCE, SIGNING_KEY_SECRET, TRUST_PROXY } = variables

export const bootstrapVariables = {
  BOOTSTRAP_ADMIN_EMAIL: Type.Optional(
    Type.String({
      pattern: '^[^\\s@]+@[^\\s@]+$',
      maxLength: 254,
      expected: 'an email address',
      description: 'The first SYSTEM_ADMIN, made at the start while there is none; goes with BOOTSTRAP_ADMIN_PASSWORD',
    }),
  ),
  BOOTSTRAP_ADMIN_PASSWORD: Type.Optional(
    Type.String({ minLength: 10, secret: true, description: "The first SYSTEM_ADMIN's password; change it after the first login" }),
  ),
}

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
  JWT_ISSUER,
  JWT_AUDIENCE,
  SIGNING_KEY_SECRET,
  TRUST_PROXY,
  ...bootstrapVariables,
  DRAIN_MS,
  SEED_SAMPLE_DATA,
})
export type UserServiceConfig = Static<typeof UserServiceConfig>

/** Throws one ConfigError that names every wrong variable. */
export function loadUserServiceConfig(env: NodeJS.ProcessEnv): UserServiceConfig {
  return loadConfig(UserServiceConfig, env, [busProblems, sampleDataProblems, bootstrapProblems, authModeProblems])
}

const KeySettings = Type.Object({
  DATABASE_URL: Type.Optional(DATABASE_URL),
  SIGNING_KEY_SECRET: Type.Optional(SIGNING_KEY_SECRET),
})

/** What operators' commands on the signing keys read of the same environment; of which nothing need be set. */
export function loadKeySettings(env: NodeJS.ProcessEnv): Static<typeof KeySettings> {
  return loadConfig(KeySettings, env)
}

function sampleDataProblems({ NODE_ENV, SEED_SAMPLE_DATA }: Partial<UserServiceConfig>): string[] {
  const isRefused = SEED_SAMPLE_DATA && NODE_ENV === 'production'
  return isRefused ? ['SEED_SAMPLE_DATA=true is refused with NODE_ENV=production: everybody knows the passwords of the sample users'] : []
}
