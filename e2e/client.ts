import { type CrmClient, createCrmClient } from '@crm/sdk'
import { west } from '@crm/testing/all-in-one.ts'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'

interface Addresses {
  userUrl: string
  crmUrl: string
}

interface Options {
  /** How often a request is sent again after a failure that may pass; 0 unless given. */
  maxRetries?: number
}

/** For work at which no failure is looked at that passes: services may say that one of them was late, on a machine that is slow. */
export const patient: Options = { maxRetries: 5 }

/**
 * The SDK as a user of the sample data, by default the CHILD_USER of Acme West; each call is one request unless the options say otherwise.
 * Calls reject when the answer is not one that the API's document names.
 */
export function clientOf({ userUrl: user, crmUrl: crm }: Addresses, userId = west, { maxRetries = 0 }: Options = {}): CrmClient {
  return createCrmClient({ services: { user, crm }, userId, fetch: checkedFetch, maxRetries })
}
