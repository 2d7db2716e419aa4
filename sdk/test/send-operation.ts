import { callOperation } from '../src/call.ts'
import { type CrmClientOptions, readOptions } from '../src/client-options.ts'
import type { Operation } from '../src/operation.ts'
import type { RequestOptions } from '../src/request-options.ts'

/** Sends an operation of a kind that the API has not yet, without input. */
export async function sendOperation(
  client: CrmClientOptions,
  operation: Partial<Operation>,
  options: RequestOptions = {},
): Promise<unknown> {
  const { data } = await callOperation(readOptions(client), {
    operation: { method: 'POST', path: '/v1/things', service: 'crm', answer: 'json', ...operation },
    input: {},
    options,
    isDocumented: (_body: unknown): _body is unknown => true,
    isRecord: (_body: unknown): _body is unknown => true,
  })
  return data
}
