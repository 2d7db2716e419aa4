import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { ClientRequest } from 'node:http'
import { freePort } from '@crm/testing/ports.ts'
import type { Teardown } from '@crm/testing/processes.ts'
import { serviceCommand } from '@crm/testing/service-processes.ts'
import { logIn } from '../identity/sessions.ts'
import { people } from '../identity/system.ts'
import { type Supervised, supervise } from './supervised.ts'
import type { System } from './system.ts'

// A load is one user's, at one address.
const noLimits = { RATE_LIMIT_PER_USER: '1000000', RATE_LIMIT_PER_ADDRESS: '1000000', RATE_LIMIT_UNAUTHENTICATED: '1000000' }

/** Starts a gateway before the user-service and the first crm-service of a system, and waits until it is healthy. */
export async function startGateway(t: Teardown, { userService, crmServices }: System): Promise<Supervised> {
  const [crmService] = crmServices
  if (!crmService) throw new Error('the gateway has no crm-service')
  const port = await freePort()
  const env = { PORT: String(port), USER_SERVICE_URL: userService.url, CRM_SERVICE_URL: crmService.url, ...noLimits }
  const command = () => serviceCommand({ service: 'gateway', script: 'start', env })
  const gateway = supervise(t, { name: 'gateway', url: `http://127.0.0.1:${port}`, command })
  await gateway.healthy()
  return gateway
}

/**
 * Logs the sample CHILD_USER of Acme West in, and has every request that this process sends to the gateway by node:http show the access
 * token (valid for 15 minutes), until the test ends.
 */
export async function showToken(t: Teardown, { url }: Supervised): Promise<void> {
  const { accessToken } = await logIn(url, people.west)
  const { host } = new URL(url)
  const show = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('request' in message)) return
    const { request } = message
    if (request instanceof ClientRequest && request.getHeader('host') === host) request.setHeader('authorization', `Bearer ${accessToken}`)
  }
  subscribe(requestCreated, show)
  t.teardown(() => unsubscribe(requestCreated, show))
}

// Node's own channel: published before anything of the request is sent.
const requestCreated = 'http.client.request.created'
