import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { port, variables } from '@crm/service-kit/config/variables.ts'
import { type Static, Type } from '@sinclair/typebox'

const { HOST, LOG_LEVEL, USER_SERVICE_URL, CRM_SERVICE_URL, JWT_ISSUER, JWT_AUDIENCE, TRUST_PROXY, DRAIN_MS } = variables

/** The variables that limit how often clients may call. */
export const rateLimitVariables = {
  RATE_LIMIT_PER_USER: perMinute(6_000, 'Requests a minute of one user, on each gateway'),
  RATE_LIMIT_PER_ADDRESS: perMinute(30_000, 'Requests a minute from one address (of IPv6 from one /64), on each gateway'),
  RATE_LIMIT_UNAUTHENTICATED: perMinute(
    600,
    'Requests a minute without a good access token, logins too, from one address, on each gateway',
  ),
}

// Without a default: the port that the world reaches shows no metrics, and another is opened only where it is asked for.
const adminPort = Type.Integer({
  minimum: 0,
  maximum: 65_535,
  description: 'TCP port of the metrics, and of the probes too; not to be reached from outside. No metrics are served when it is unset',
})

/** The environment of the gateway. */
export const GatewayConfig = Type.Object({
  HOST,
  PORT: port(4000),
  ADMIN_PORT: Type.Optional(adminPort),
  LOG_LEVEL,
  USER_SERVICE_URL,
  CRM_SERVICE_URL,
  JWT_ISSUER,
  JWT_AUDIENCE,
  TRUST_PROXY,
  ...rateLimitVariables,
  DRAIN_MS,
})
export type GatewayConfig = Static<typeof GatewayConfig>

/** Throws one ConfigError that names every wrong variable. */
export function loadGatewayConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  return loadConfig(GatewayConfig, env)
}

function perMinute(defaultLimit: number, description: string) {
  return Type.Integer({ minimum: 1, maximum: 100_000_000, default: defaultLimit, description })
}
