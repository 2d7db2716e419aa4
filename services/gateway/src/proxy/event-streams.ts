import type { Readable } from 'node:stream'
import { PassThrough } from 'node:stream'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { whenOver } from '../exchange/when-over.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Passes an event stream on, part by part as it comes, until either side ends it or the server closes. */
    sendEventStream(reply: FastifyReply, source: Readable): void
  }
}

// A client that reads no more is not waited for, in milliseconds.
const lingerMs = 1_000

/** Ends open event streams before the server stops accepting: it would wait for them. Clients see a whole answer, and connect anew. */
export const eventStreams = fp(
  async (app) => {
    const open = new Map<Readable, FastifyReply>()
    let closing = false
    app.decorate('sendEventStream', (reply, source) => {
      const sent = new PassThrough()
      open.set(source, reply)
      // The end of a stream is how it ends, whoever ended it: no error of ours.
      source.on('error', () => {})
      source.once('close', () => {
        open.delete(source)
        sent.end()
      })
      whenOver(reply, () => source.destroy())
      reply.send(source.pipe(sent))
      if (closing) source.destroy()
    })
    app.addHook('preClose', async () => {
      closing = true
      for (const [source, reply] of open) {
        source.destroy()
        setTimeout(() => reply.raw.destroy(), lingerMs).unref()
      }
    })
  },
  { name: 'event-streams' },
)
