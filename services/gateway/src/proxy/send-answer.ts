import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { dataHeaders } from '../security-headers/security-headers.ts'

/** In bytes: larger answers are passed on part by part, smaller ones whole. */
const wholeUpTo = 64 * 1024

/** A body as undici gives it. */
export type ReceivedBody = Readable & { text?: () => Promise<string> }

const ours = /^(x-request-id$|ratelimit-)/
const json = /^application\/([\w.-]+\+)?json\b/

/**
 * Sends on the body of an answer, whose status and headers the reply has by now: an event stream for as long as it lasts. `onBroken`
 * answers in place of one that broke off before any of it was sent.
 */
export function sendAnswer(app: FastifyInstance, reply: FastifyReply, body: ReceivedBody, onBroken: (error: Error) => void): void {
  const type = String(reply.getHeader('content-type'))
  // As text it goes out in one write with the headers, which makes a fifth of the work of passing it on; JSON is UTF-8.
  const isSmall = json.test(type) && Number(reply.getHeader('content-length')) <= wholeUpTo
  if (type.startsWith('text/event-stream')) app.sendEventStream(reply, body)
  else if (!isSmall || body.text === undefined) reply.send(body)
  else
    body.text().then(
      (text) => reply.send(text),
      (error) => {
        removeItsHeaders(reply)
        onBroken(error)
      },
    )
}

function removeItsHeaders(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) if (!ours.test(name)) reply.removeHeader(name)
  reply.headers(dataHeaders)
}
