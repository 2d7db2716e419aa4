import { setTimeout as sleep } from 'node:timers/promises'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import type { Actor } from './actors.ts'

export interface Asked {
  method: string
  /** With the query string. */
  path: string
  body?: object
  ifMatch?: string
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
export const doors = ['gateway', 'direct'] as const
export type Door = (typeof doors)[number]

const attempts = 5

/** Asks as an actor, or as nobody; again where a busy service says so. Rejects when an answer is not one that the public API's document names. */
export async function call(url: string, asked: Asked, actor?: Actor, door: Door = 'direct'): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await callOnce(url, asked, { actor, door })
    if (answer.status !== 503 || attempt === attempts) return answer
    await sleep(Number(answer.headers.get('retry-after') ?? 1) * 1_000)
  }
}

async function callOnce(
  url: string,
  { method, path, body, ifMatch }: Asked,
  { actor, door }: { actor: Actor | undefined; door: Door },
): Promise<Answer> {
  const answer = await checkedFetch(url + path, {
    method,
    headers: {
      ...(actor && { authorization: `Bearer ${actor.token}` }),
      ...(actor && door === 'direct' && { 'x-user-id': actor.id }),
      ...(body && { 'content-type': 'application/json' }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, headers: answer.headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined }
}
