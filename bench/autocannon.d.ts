declare module 'autocannon' {
  interface Request {
    method?: string
    path?: string
    headers?: Record<string, string>
    body?: string
    setupRequest?(request: Request): Request
    onResponse?(status: number, body: string): void
  }

  interface Options {
    url: string
    connections: number
    /** Seconds. */
    duration: number
    requests: Request[]
  }

  interface Result {
    /** Seconds. */
    duration: number
    errors: number
    timeouts: number
    '2xx': number
    non2xx: number
    statusCodeStats: Record<string, { count: number }>
    /** Milliseconds. */
    latency: { p50: number; p99: number }
  }

  export default function autocannon(options: Options): Promise<Result>
}
