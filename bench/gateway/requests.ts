import { nextLeadBody } from '../load/lead-load.ts'

/** A request that is sent to the gateway and to crm-service alike. */
export interface MeasuredRequest {
  name: string
  title: string
  method: 'GET' | 'POST'
  path: string
  /** The status of every answer. */
  status: number
  body?: () => string
}

/** One that reads a record and one that writes one; both are small, so that what the gateway adds weighs most. */
export function measuredRequests(leadId: string): MeasuredRequest[] {
  return [
    { name: 'read', title: 'GET /v1/leads/{leadId}', method: 'GET', path: `/v1/leads/${leadId}`, status: 200 },
    { name: 'create', title: 'POST /v1/leads', method: 'POST', path: '/v1/leads', status: 201, body: nextLeadBody },
  ]
}
