import { randomUUID } from 'node:crypto'
import type { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { responseCheck } from '@crm/testing/responses/response-check.ts'
import { exchange, type TimedExchange } from './exchange.ts'

/** A change that a client wants made, once. */
export interface Write {
  method: 'POST' | 'PATCH'
  path: string
  body: Record<string, unknown>
}

export interface Attempt {
  /** A status, or why there is none; see Exchange. */
  outcome: number | 'refused' | 'lost' | 'hanging'
  /** The problem's code, where the answer is one. */
  code?: string
  /** Whether the answer names the time to come again. */
  retryAfter: boolean
  /** Whether the answer is that of an earlier attempt, which was thus carried out. */
  replayed: boolean
  /** performance.now() when the request had left, and when its end was known. */
  sentAt: number | undefined
  endedAt: number
}

/** A write and all that came of it. */
export interface WriteRecord extends Write {
  attempts: Attempt[]
  /** The record as the answer with 2xx has it: then, and only then, is the write acknowledged. */
  answer?: { id: string; version: number }
}

export interface Client {
  agent: Agent
  /** Whom the requests are for. */
  userId: string
  /** Shown with each, where a gateway is asked. */
  accessToken?: string | undefined
  /** Where the next attempt goes: asked before each. */
  nextUrl(): string
  /** An attempt that may succeed later is repeated for so long; milliseconds. */
  giveUpMs: number
  /** Aborted when nobody wants to know any more. */
  signal: AbortSignal
  /** Called with what in an answer the document of the public API does not name. */
  onFault(fault: string): void
}

const retryPauseMs = 100
const check = responseCheck()

/**
 * Sends a write until its outcome is known, always with the same Idempotency-Key. It is repeated when there was no whole answer, for any
 * 5xx, and for 409 `idempotency_in_progress`: an earlier attempt whose connection was lost may still be at work.
 */
export async function carryOut(record: WriteRecord, client: Client): Promise<void> {
  const { agent, userId, accessToken, nextUrl, giveUpMs, signal, onFault } = client
  const headers = {
    'x-user-id': userId,
    ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
  }
  const body = JSON.stringify(record.body)
  for (const deadline = performance.now() + giveUpMs; performance.now() < deadline && !signal.aborted; await sleep(retryPauseMs)) {
    const url = `${nextUrl()}${record.path}`
    const ended = await exchange({ agent, method: record.method, url, headers, body })
    for (const fault of faultsOf(ended, record)) onFault(fault)
    const attempt = toAttempt(ended, record)
    record.attempts.push(attempt)
    const isFinal = typeof attempt.outcome === 'number' && attempt.outcome < 500 && attempt.code !== 'idempotency_in_progress'
    if (isFinal) return
  }
}

function faultsOf({ result }: TimedExchange, { method, path }: Write): string[] {
  if (typeof result === 'string') return []
  const { status, headers, text } = result
  return check.faultsOf({ method, url: path, status, headers, body: text })
}

function toAttempt({ result, sentAt, endedAt }: TimedExchange, record: WriteRecord): Attempt {
  if (typeof result === 'string') return { outcome: result, retryAfter: false, replayed: false, sentAt, endedAt }
  const { status, headers, text } = result
  const body = text === '' ? {} : JSON.parse(text)
  if (status >= 200 && status < 300) record.answer = { id: body.id, version: body.version }
  const retryAfter = headers['retry-after'] !== undefined
  const replayed = headers['idempotent-replayed'] === 'true'
  return { outcome: status, ...(status >= 400 && { code: body.code }), retryAfter, replayed, sentAt, endedAt }
}
