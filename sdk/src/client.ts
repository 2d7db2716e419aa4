import { callOperation } from './call.ts'
import { type ClientConfig, type CrmClientOptions, type CrmSessionOptions, readOptions } from './client-options.ts'
import { crmPromise } from './crm-promise.ts'
import { createResources } from './generated/create-resources.ts'
import type { CrmClient } from './generated/resources.ts'
import { copyOf } from './input.ts'
import { isObject } from './is-object.ts'
import { crmList, isPage, type Page } from './list.ts'
import type { DocumentedOperation, Input, Operation } from './operation.ts'
import type { ListId, OperationId, Path, RecordAt, ResponseBody } from './operation-types.ts'
import type { CallOptions, RequestOptions } from './request-options.ts'
import { type CrmSession, createSession, sessionLimits } from './session.ts'
import type { Transport } from './transport.ts'

/** A client that logs in and refreshes by itself. */
export interface CrmSessionClient extends CrmClient, CrmSession {}

/**
 * A client of the CRM API. Sends nothing before it is called and holds nothing that must be closed.
 * Throws TypeError for options that no client can work with.
 */
export function createCrmClient(options: CrmSessionOptions): CrmSessionClient
export function createCrmClient(options: CrmClientOptions): CrmClient
export function createCrmClient(options: CrmClientOptions): CrmClient | CrmSessionClient {
  const config = readOptions(options)
  const client = createResources(transportOf(config))
  if (options.credentials === undefined) return client
  const session = createSession(options.credentials, client.auth, sessionLimits(config))
  const { tokensOfCall, logIn, logOut } = session
  return { ...createResources(transportOf({ ...config, tokensOfCall })), logIn, logOut }
}

// The guards are the boundary at which a server that keeps to the documented shape is taken at its documented word.
function transportOf(config: ClientConfig): Transport {
  return {
    send<Id extends OperationId, RecordPath extends Path>(
      operation: DocumentedOperation<Id, RecordPath>,
      input: Input,
      options?: CallOptions<RecordAt<RecordPath>>,
    ) {
      const isDocumented = (body: unknown): body is ResponseBody<Id> => hasDocumentedShape(operation, body)
      const isRecord = (body: unknown): body is RecordAt<RecordPath> => isObject(body)
      return crmPromise(callOperation(config, { operation, input, options, isDocumented, isRecord }))
    },
    list<Id extends ListId>(operation: DocumentedOperation<Id, never>, given: Input, options?: RequestOptions) {
      const isDocumented = (body: unknown): body is Extract<ResponseBody<Id>, Page> => isPage(body)
      // All its pages are asked for as the same caller.
      const tokens = config.tokensOfCall?.()
      const pageBy = (input: Input) => callOperation(config, { operation, input, options, tokens, isDocumented, isRecord: isNone })
      // Later pages are asked for when the caller may have changed what it gave.
      const copied = (async () => copyOf(given))()
      // What is wrong with it the first page says.
      copied.catch(() => {})
      return crmList(pageBy(given), async ({ cursor, isShown }) => {
        const { path, query } = await copied
        // A cursor stands where the page before it ended; it goes with no offset. A total that nobody sees is not counted again.
        const place = cursor === undefined ? {} : { offset: undefined, cursor }
        return await pageBy({ path, query: { ...query, ...place, ...(!isShown && { includeTotal: undefined }) } })
      })
    },
  }
}

function hasDocumentedShape({ answer, mayBeEmpty }: Operation, body: unknown): boolean {
  if (body === undefined) return answer === 'none' || mayBeEmpty === true
  return answer === 'json' && isObject(body)
}

// A list changes no record.
const isNone = (_body: unknown): _body is never => false
