import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import { askUntilDone } from '../../come-again.ts'

export interface Asked {
  method: string
  /** With the query string. */
  path: string
  body?: object
  ifMatch?: string
  idempotencyKey?: string
}

/** Whose request it is. */
export interface Caller {
  id: string
  /** The access token. */
  token: string
}

export interface Answer {
  status: number
  headers: Headers
  /** The body as it came. */
  text: string
  /** The body as JSON; undefined where there is none. */
  body: unknown
}

/** Through the gateway, which knows the caller by the token, or straight at the service, which is told who it is as well. */
export const entryPoints = ['gateway', 'direct'] as const
export type EntryPoint = (typeof entryPoints)[number]

/** Asks as somebody, or as nobody; again where the answer says to come again. Rejects when an answer is not one that the public API's document names. */
export async function call(url: string, asked: Asked, caller?: Caller, entryPoint: EntryPoint = 'direct'): Promise<Answer> {
  return await askUntilDone(() => callOnce(url, asked, { caller, entryPoint }))
}

async function callOnce(
  url: string,
  { method, path, body, ifMatch, idempotencyKey }: Asked,
  { caller, entryPoint }: { caller: Caller | undefined; entryPoint: EntryPoint },
): Promise<Answer> {
  const answer = await checkedFetch(url + path, {
    method,
    headers: {
      ...(caller && { authorization: `Bearer ${caller.token}` }),
      ...(caller && entryPoint === 'direct' && { 'x-user-id': caller.id }),
      ...(body && { 'content-type': 'application/json' }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, headers: answer.headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined }
}
