import { callOperation } from './call.ts'
import { type CrmClientOptions, readOptions } from './client-options.ts'
import { crmPromise } from './crm-promise.ts'
import { createResources } from './generated/create-resources.ts'
import type { CrmClient } from './generated/resources.ts'
import { crmList, type Page } from './list.ts'
import type { Input, Operation } from './operation.ts'
import type { CallOptions } from './request-options.ts'

/**
 * A client of the CRM API. Sends nothing by itself and holds nothing that must be closed.
 * Throws TypeError for options that no client can work with.
 */
export function createCrmClient(options: CrmClientOptions): CrmClient {
  const config = readOptions(options)
  return createResources({
    send: (operation, input, callOptions) => crmPromise(callOperation(config, operation, input, callOptions)),
    list<P extends Page>(operation: Operation, input: Input, callOptions?: CallOptions) {
      const pageOf = (query: Input['query']) => callOperation<P>(config, operation, { ...input, query }, callOptions)
      // A cursor stands where the page before it ended; it goes with no offset.
      return crmList(pageOf(input.query), (cursor) => pageOf({ ...input.query, offset: undefined, cursor }))
    },
  })
}
