import { setTimeout as sleep } from 'node:timers/promises'

/** What an answer says of its request. */
export interface Said {
  /** The status, or why there is none. */
  outcome: number | string
  /** Whether it names the time to come again. */
  retryAfter: boolean
  /** The problem's code, where it is one. */
  code?: string
}

/** 503 with Retry-After: the request was not carried out, and may be sent again. */
export function saysComeAgain({ outcome, retryAfter }: Omit<Said, 'code'>): boolean {
  return outcome === 503 && retryAfter
}

/**
 * The same, because of another service, which gave no answer. One service waits for another for less than a second: where the machine is
 * slow, this may happen to requests between services that work.
 */
export function saysDependencyLate(said: Said): boolean {
  return saysComeAgain(said) && said.code === 'dependency_unavailable'
}

/** In milliseconds: half of the time for which services wait for each other. */
const waitedMs = 400

/** The same, after a wait: the other was asked, and late. A process that stops asking too early when it ends says so at once. */
export function saysDependencyWasLate(said: Said & { sentAt: number | undefined; endedAt: number }): boolean {
  return saysDependencyLate(said) && said.sentAt !== undefined && said.endedAt - said.sentAt >= waitedMs
}

interface Answer {
  status: number
  /** By names in lower case. */
  headers: Headers | Record<string, string>
}

const attempts = 5
let askedAgain = 0

/** How many requests of this process were sent again so far. */
export function countAskedAgain(): number {
  return askedAgain
}

/** Sends a request, again where the answer says to come again; resolves to the fifth answer whatever it is. */
export async function askUntilDone<A extends Answer>(ask: () => Promise<A>): Promise<A> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask()
    const { status, headers } = answer
    const seconds = headers instanceof Headers ? headers.get('retry-after') : headers['retry-after']
    const isDone = !saysComeAgain({ outcome: status, retryAfter: seconds != null })
    if (isDone || attempt === attempts) return answer
    askedAgain++
    await sleep(Number(seconds) * 1_000)
  }
}
