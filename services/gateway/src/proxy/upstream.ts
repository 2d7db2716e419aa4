import { EventEmitter } from 'node:events'
import { startDeadline } from '@crm/service-kit/http-client/deadline.ts'
import { type Dispatcher, Pool } from 'undici'
import { AnswerTimeout } from './upstream-failure.ts'

export interface UpstreamOptions {
  baseUrl: string
  /** How many requests at once, event streams and probes excepted; 128 by default. */
  connections?: number
  /** From the moment a request is passed on to the first line of its answer, in milliseconds. */
  answerWithinMs?: number
  /** Between two parts of an answer, in milliseconds; longer than two heartbeats of an event stream. */
  silentForMs?: number
}

type Callback = (error: Error | null, answer: Dispatcher.ResponseData) => void

/** Sends requests by kept-alive connections, each within the time for an answer. */
export interface Requests {
  request(options: Dispatcher.RequestOptions, callback: Callback): void
}

/** The connections to one service. */
export interface Upstream {
  requests: Requests
  /** For event streams, each of which keeps a connection: they take none from the others. */
  streams: Requests
  /** The status and body of a small answer, by a connection of its own; rejects when there is none within the time. */
  get(path: string, withinMs: number): Promise<{ status: number; text: string }>
  /** Ends what is under way, and closes the connections. */
  destroy(): Promise<void>
}

// The services' pools of database connections are smaller: more at once would only wait there.
const defaultConnections = 128
// Of the gateway's two ports, each of which asks one at a time.
const probeConnections = 2

/**
 * Opens connections as they are needed and keeps them. One request at a time on each: a slow answer holds up no other. They are given
 * up before the service would close them (it says when), so that no request meets a connection that is about to end.
 */
export function openUpstream({
  baseUrl,
  connections = defaultConnections,
  answerWithinMs = 10_000,
  silentForMs = 45_000,
}: UpstreamOptions): Upstream {
  const { origin, pathname } = new URL(baseUrl)
  // The time for an answer is counted here, waiting for a connection included.
  const settings = { pipelining: 1, headersTimeout: 0, bodyTimeout: silentForMs, connect: { timeout: 900 } }
  const requests = new Pool(origin, { ...settings, connections })
  const streams = new Pool(origin, settings)
  const probes = new Pool(origin, { ...settings, connections: probeConnections })
  return {
    requests: withinTime(requests, answerWithinMs),
    streams: withinTime(streams, answerWithinMs),
    async get(path, withinMs) {
      const signal = AbortSignal.timeout(withinMs)
      const answer = await probes.request({ method: 'GET', path: pathname.replace(/\/$/, '') + path, signal })
      return { status: answer.statusCode, text: await answer.body.text() }
    },
    destroy: async () => {
      await Promise.all([requests, streams, probes].map((pool) => pool.destroy()))
    },
  }
}

function withinTime(pool: Pool, answerWithinMs: number): Requests {
  return {
    request(options, callback) {
      // An AbortSignal would do the same, at several times the work.
      const signal: EventEmitter & { reason?: Error } = new EventEmitter()
      const callOff = startDeadline(answerWithinMs, () => {
        signal.reason = new AnswerTimeout(answerWithinMs)
        signal.emit('abort')
      })
      pool.request({ ...options, signal }, (error, answer) => {
        callOff()
        callback(error, answer)
      })
    },
  }
}
