import { type CrmClient, createCrmClient } from '@crm/sdk'
import { west } from '@crm/testing/all-in-one.ts'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'

interface Addresses {
  userUrl: string
  crmUrl: string
}

/**
 * The SDK as a user of the sample data, by default the CHILD_USER of Acme West; each call is one request. Calls reject when the answer is
 * not one that the API's document names.
 */
export function clientOf({ userUrl: user, crmUrl: crm }: Addresses, userId = west): CrmClient {
  return createCrmClient({ services: { user, crm }, userId, fetch: checkedFetch, maxRetries: 0 })
}
