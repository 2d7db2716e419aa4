import type { JsonObject } from '@crm/openapi/json.ts'
import type { GatewayConfig } from '../config.ts'
import { readDocument } from '../documents/read-document.ts'

/** A service behind the gateway. */
export interface RoutedService {
  name: string
  url: string
  /** Its OpenAPI document, which says what is passed on to it. */
  document: JsonObject
  /** Whether nothing can be answered without it: the gateway is then unhealthy. Without any other it is degraded. */
  isNeeded: boolean
}

/** The services of this release. Without user-service nobody is known: it has the public keys and every caller's access. */
export function routedServices({ USER_SERVICE_URL, CRM_SERVICE_URL }: GatewayConfig): RoutedService[] {
  return [
    { name: 'user-service', url: USER_SERVICE_URL, document: readDocument('user-service'), isNeeded: true },
    { name: 'crm-service', url: CRM_SERVICE_URL, document: readDocument('crm-service'), isNeeded: false },
  ]
}
