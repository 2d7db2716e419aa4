import type { Readable } from 'node:stream'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { answerError } from '@crm/service-kit/errors/error-handler.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { isOver, whenOver } from '../exchange/when-over.ts'
import { dataHeaders } from '../security-headers/security-headers.ts'
import { createAnswerMemory } from './answer-memory.ts'

export interface AnswerLimits {
  /** How long an answer may take to be sent, event streams excepted, in milliseconds; 60 s by default. */
  sendWithinMs?: number
  /** Bytes of large answers held at once, for clients to read; 64 MB by default. */
  answerMemoryBytes?: number
}

/** A body as undici gives it. */
export type ReceivedBody = Readable & { text?: () => Promise<string>; bytes?: () => Promise<Uint8Array> }

/**
 * Sends on the body of an answer, whose status and headers the reply has by now: an event stream for as long as it lasts. `onBroken`
 * answers in place of one that broke off before any of it was sent.
 */
export type SendAnswer = (reply: FastifyReply, body: ReceivedBody, onBroken: (error: Error) => void) => void

// In bytes. The largest answer of a service, a list of 500 records, has about one million.
const smallUpTo = 64 * 1024
const wholeUpTo = 4 * 1024 * 1024

const ours = /^(x-request-id$|ratelimit-)/
const json = /^application\/([\w.-]+\+)?json\b/

/**
 * JSON is read whole before it is sent: its connection to the service is free at once, however slowly the client reads. What is larger
 * than any list, or does not say how large it is, is passed on part by part.
 */
export function createAnswerSender(app: FastifyInstance, limits: AnswerLimits): SendAnswer {
  const { sendWithinMs = 60_000, answerMemoryBytes = 64 * 1024 * 1024 } = limits
  const memory = createAnswerMemory(answerMemoryBytes)
  return (reply, body, onBroken) => {
    const type = String(reply.getHeader('content-type'))
    if (type.startsWith('text/event-stream')) {
      app.sendEventStream(reply, body)
      return
    }
    endWithin(reply, body, sendWithinMs)
    if (isOver(reply)) return
    const bytes = Number(reply.getHeader('content-length'))
    const read = json.test(type) && bytes <= wholeUpTo && reply.request.method !== 'HEAD' ? readWhole(body, bytes) : undefined
    if (read === undefined) reply.send(body)
    else if (bytes > smallUpTo && !memory.hold(reply, bytes)) refuse(reply, body)
    else
      read().then(
        (payload) => reply.send(payload),
        (error) => {
          if (isOver(reply)) return
          removeItsHeaders(reply)
          onBroken(error)
        },
      )
  }
}

// Small, it goes out as text in one write with the headers, which makes a fifth of the work of passing it on; JSON is UTF-8.
function readWhole(body: ReceivedBody, bytes: number): (() => Promise<string | Uint8Array>) | undefined {
  return bytes <= smallUpTo ? body.text?.bind(body) : body.bytes?.bind(body)
}

/** Cuts the client off when the time is over; ends the answer of the service when the client is gone. */
function endWithin(reply: FastifyReply, body: Readable, ms: number): void {
  const timer = setTimeout(() => reply.request.raw.socket.destroy(), ms)
  whenOver(reply, () => {
    clearTimeout(timer)
    giveUp(body)
  })
}

function giveUp(body: Readable): void {
  // A listener on each body, also on those that are read to their end, makes passing one on a quarter dearer.
  if (!body.destroyed) body.on('error', () => {}).destroy()
}

function refuse(reply: FastifyReply, body: Readable): void {
  giveUp(body)
  removeItsHeaders(reply)
  const detail = 'Too many large answers are being read at the moment. Try again.'
  answerError(new AppError('unavailable', detail, { headers: { 'retry-after': '1' } }), reply.request, reply)
}

function removeItsHeaders(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) if (!ours.test(name)) reply.removeHeader(name)
  reply.headers(dataHeaders)
}
