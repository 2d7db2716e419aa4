import { createServer, type Server } from 'node:net'
import { authModeProblems } from '@crm/service-kit/config/auth-mode.ts'
import { ConfigError } from '@crm/service-kit/config/config-error.ts'
import { describeStartFailure } from '@crm/service-kit/shutdown/describe-start-failure.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import type { AllInOneConfig } from './config.ts'

export interface Address {
  host: string
  port: number
  /** Of the environment, that sets it. */
  variable: string
}

/** Where each process listens. */
export function serviceAddresses(config: AllInOneConfig): Record<'gateway' | 'user' | 'crm' | 'worker', Address> {
  return {
    gateway: { ...addressOf(config.GATEWAY_URL), variable: 'GATEWAY_URL' },
    user: { ...addressOf(config.USER_SERVICE_URL), variable: 'USER_SERVICE_URL' },
    crm: { ...addressOf(config.CRM_SERVICE_URL), variable: 'CRM_SERVICE_URL' },
    worker: { host: '127.0.0.1', port: config.ADMIN_PORT, variable: 'ADMIN_PORT' },
  }
}

/**
 * Throws a StartError when an address of a service is not loopback (the gateway believes no header, and may be anywhere), or (with its
 * variable) cannot be listened on or is given twice: known before anything runs.
 */
export async function assertAddressesUsable(addresses: readonly Address[], { NODE_ENV }: Pick<AllInOneConfig, 'NODE_ENV'>): Promise<void> {
  const services = addresses.filter(({ variable }) => variable !== 'GATEWAY_URL')
  const problems = services.flatMap(({ host }) => authModeProblems({ AUTH_MODE: 'header', HOST: host, NODE_ENV }))
  if (problems.length > 0) throw new ConfigError(problems)
  const servers: Server[] = []
  try {
    for (const address of addresses) servers.push(await tryToListen(address))
  } finally {
    await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  }
}

/** The line for an operator whose address is taken or forbidden. */
export function listenFailure(cause: unknown, { variable }: Pick<Address, 'variable'>): StartError {
  return new StartError(describeStartFailure(cause, { portVariable: variable }), { cause })
}

function tryToListen(address: Address): Promise<Server> {
  return new Promise((listening, failed) => {
    // Whoever connects meanwhile, such as a page that tries again and again, is turned away: the server closes when no connection is left.
    const server = createServer((socket) => socket.destroy())
    server.once('error', (cause) => failed(listenFailure(cause, address)))
    server.listen({ host: address.host, port: address.port, exclusive: true }, () => listening(server))
  })
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) }
}
