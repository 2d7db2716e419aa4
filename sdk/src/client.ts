import { callOperation } from './call.ts'
import { type ClientConfig, type CrmClientOptions, type CrmSessionOptions, readOptions } from './client-options.ts'
import { crmPromise } from './crm-promise.ts'
import { createResources } from './generated/create-resources.ts'
import type { CrmClient } from './generated/resources.ts'
import { crmList, type Page } from './list.ts'
import type { Input, Operation } from './operation.ts'
import type { CallOptions } from './request-options.ts'
import { type CrmSession, createSession } from './session.ts'

/** A client that logs in and refreshes by itself. */
export interface CrmSessionClient extends CrmClient, CrmSession {}

/**
 * A client of the CRM API. Sends nothing before it is called and holds nothing that must be closed.
 * Throws TypeError for options that no client can work with.
 */
export function createCrmClient(options: CrmSessionOptions): CrmSessionClient
export function createCrmClient(options: CrmClientOptions): CrmClient
export function createCrmClient(options: CrmClientOptions | CrmSessionOptions): CrmClient | CrmSessionClient {
  const config = readOptions(options)
  if (options.credentials === undefined) return createClient(config)
  // What begins a session is sent once: whoever waits for it has retries of its own.
  const once = { maxRetries: 0, timeoutMs: config.attemptTimeoutMs }
  const session = createSession(options.credentials, async <T>(operation: Operation, body: object) => {
    const { data } = await callOperation<T>(config, operation, { body }, once)
    return data
  })
  const { logIn, logOut } = session
  return { ...createClient({ ...config, session }), logIn, logOut }
}

function createClient(config: ClientConfig): CrmClient {
  return createResources({
    send: (operation, input, callOptions) => crmPromise(callOperation(config, operation, input, callOptions)),
    list<P extends Page>(operation: Operation, input: Input, callOptions?: CallOptions) {
      const pageOf = (query: Input['query']) => callOperation<P>(config, operation, { ...input, query }, callOptions)
      // A cursor stands where the page before it ended; it goes with no offset.
      return crmList(pageOf(input.query), (cursor) => pageOf({ ...input.query, offset: undefined, cursor }))
    },
  })
}
