import { LRUCache } from 'lru-cache'

export interface AnswerCacheOptions<T extends NonNullable<unknown>, Q> {
  /** How long an answer serves, in milliseconds from the moment its question was asked. */
  ttlMs?: number
  /** Answers kept at most; the least recently used go first. */
  max?: number
  /**
   * Gets the answer. `key` alone decides it; `question` is what asking takes besides, such as the asker's credentials and
   * request id. `signal` aborts when the cache is closed.
   */
  ask: (key: string, question: Q, signal: AbortSignal) => Promise<T>
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

export interface AnswerCache<T extends NonNullable<unknown>, Q> {
  /** The cached answer, without a promise: look here first. Undefined when there is none that may serve. */
  peek(key: string): T | undefined
  /** The cached answer, else that of a running question, else asks. `isFresh` says that the question was asked after this call began. */
  get(key: string, question: Q): Promise<{ answer: T; isFresh: boolean }>
  /** Asks after this call began, whatever is cached or running; calls of the same turn of the event loop share one question. */
  ask(key: string, question: Q): Promise<T>
  /** Aborts the running questions. */
  close(): void
}

interface Held<T> {
  answer: T
  askedAt: number
  order: number
}

interface Running<T> {
  answer: Promise<T>
  askedAt: number
  order: number
}

/** Remembers answers of another service for a moment. Concurrent identical questions share one request; errors reach all who wait and are not kept. */
export function createAnswerCache<T extends NonNullable<unknown>, Q>(options: AnswerCacheOptions<T, Q>): AnswerCache<T, Q> {
  const { ttlMs = 1000, max = 10_000, now = () => performance.now() } = options
  const held = new LRUCache<string, Held<T>>({ max })
  const running = new Map<string, Running<T>>()
  const upcoming = new Map<string, Promise<T>>()
  const closing = new AbortController()
  let questions = 0

  function peek(key: string): T | undefined {
    const entry = held.get(key)
    return entry !== undefined && now() - entry.askedAt < ttlMs ? entry.answer : undefined
  }

  async function get(key: string, question: Q): Promise<{ answer: T; isFresh: boolean }> {
    const answer = peek(key)
    if (answer !== undefined) return { answer, isFresh: false }
    const next = upcoming.get(key)
    if (next !== undefined) return { answer: await next, isFresh: true }
    const asked = running.get(key)
    // One that has run for longer than an answer lives would bring an answer that is too old to serve.
    if (asked !== undefined && now() - asked.askedAt < ttlMs) return { answer: await asked.answer, isFresh: false }
    return { answer: await begin(key, question), isFresh: true }
  }

  function ask(key: string, question: Q): Promise<T> {
    const waiting = upcoming.get(key)
    if (waiting !== undefined) return waiting
    // Those who shared a refusing answer all ask again at once: the next turn serves them with one question.
    const next = new Promise((resolve) => setImmediate(resolve)).then(() => {
      upcoming.delete(key)
      return begin(key, question)
    })
    upcoming.set(key, next)
    return next
  }

  function begin(key: string, question: Q): Promise<T> {
    const askedAt = now()
    const order = ++questions
    const answer = Promise.resolve()
      .then(() => options.ask(key, question, closing.signal))
      .then((given) => {
        keep(key, { answer: given, askedAt, order })
        return given
      })
      .finally(() => {
        if (running.get(key)?.order === order) running.delete(key)
      })
    running.set(key, { answer, askedAt, order })
    return answer
  }

  // An answer that was overtaken by one to a later question is older news.
  function keep(key: string, entry: Held<T>): void {
    const present = held.peek(key)
    if (present === undefined || present.order < entry.order) held.set(key, entry)
  }

  return { peek, get, ask, close: () => closing.abort(new Error('the answer cache is closed')) }
}
