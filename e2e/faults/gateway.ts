import { freePort } from '@crm/testing/ports.ts'
import type { Teardown } from '@crm/testing/processes.ts'
import { serviceCommand } from '@crm/testing/service-processes.ts'
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
