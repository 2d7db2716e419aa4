import { type Agent, type IncomingMessage, request } from 'node:http'

export interface Call {
  agent: Agent
  method: string
  url: string
  headers: Record<string, string>
  body?: string
}

/**
 * How a request ended: its whole answer; `refused`: no byte of it left, since nobody accepted the connection; `lost`: the connection
 * ended before the answer did; `hanging`: no whole answer in time.
 */
export type Exchange = { status: number; headers: IncomingMessage['headers']; text: string } | 'refused' | 'lost' | 'hanging'

export interface TimedExchange {
  result: Exchange
  /** When the last byte of the request was handed to the system; undefined when that never happened. In performance.now()'s time. */
  sentAt: number | undefined
  endedAt: number
}

/** No answer for so long counts as none: the product's own limit for a request is 10 s. */
export const hangingMs = 15_000

/** One request, sent once. Never rejects. */
export function exchange({ agent, method, url, headers, body = '' }: Call): Promise<TimedExchange> {
  return new Promise((settle) => {
    let sentAt: number | undefined
    const end = (result: Exchange) => {
      clearTimeout(timer)
      settle({ result, sentAt, endedAt: performance.now() })
    }
    const lost = () => end(sentAt === undefined ? 'refused' : 'lost')
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const sent = request(url, { method, agent, headers: { ...headers, ...length } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('error', lost)
      answer.on('end', () => {
        const { statusCode = 0, headers } = answer
        end({ status: statusCode, headers, text: Buffer.concat(chunks).toString() })
      })
    })
    const timer = setTimeout(() => {
      end('hanging')
      sent.destroy()
    }, hangingMs)
    sent.once('finish', () => {
      sentAt = performance.now()
    })
    sent.on('error', lost)
    sent.end(body)
  })
}
