import { LRUCache } from 'lru-cache'

export interface AnswerCacheOptions<T extends NonNullable<unknown>, Q> {
  /** How long an answer serves, in milliseconds from the moment its question was asked. */
  ttlMs?: number
  /** The sizes of all answers kept together at most; the least recently used go first, one that is larger by itself is not kept. */
  maxSize?: number
  /** How much of `maxSize` an answer takes, such as the ids it holds: an integer of 1 or more. Default 1. */
  sizeOf?: (answer: T) => number
  /** Gets the answer. `key` alone decides it; `question` is what asking takes besides, such as the asker's credentials and request id. */
  ask: (key: string, question: Q) => Promise<T>
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

export interface AnswerCache<T extends NonNullable<unknown>, Q> {
  /** The cached answer, without a promise: look here first. Undefined when there is none that may serve. */
  peek(key: string): T | undefined
  /** The cached answer, else that of a running question, else asks. */
  get(key: string, question: Q): Promise<T>
  /** Asks after this call began, whatever is cached or running; calls of the same turn of the event loop share one question. */
  ask(key: string, question: Q): Promise<T>
}

interface Held<T> {
  answer: T
  order: number
}

interface Running<T> {
  answer: Promise<T>
  askedAt: number
  order: number
}

// Some 10 MB when the answers are lists of ids.
const defaultMaxSize = 100_000

/** Remembers answers of another service for a moment. Concurrent identical questions share one request; errors reach all who wait and are not kept. */
export function createAnswerCache<T extends NonNullable<unknown>, Q>(options: AnswerCacheOptions<T, Q>): AnswerCache<T, Q> {
  const { ttlMs = 1000, maxSize = defaultMaxSize, sizeOf = () => 1, now = () => performance.now() } = options
  const held = new LRUCache<string, Held<T>>({
    maxSize,
    sizeCalculation: ({ answer }) => sizeOf(answer),
    ttl: ttlMs,
    ttlResolution: 0,
    perf: { now },
  })
  const running = new Map<string, Running<T>>()
  const upcoming = new Map<string, Promise<T>>()
  let questions = 0

  function peek(key: string): T | undefined {
    return held.get(key)?.answer
  }

  async function get(key: string, question: Q): Promise<T> {
    const answer = peek(key)
    if (answer !== undefined) return answer
    const next = upcoming.get(key)
    if (next !== undefined) return next
    const asked = running.get(key)
    // One that has run for longer than an answer lives would bring an answer that is too old to serve.
    if (asked !== undefined && now() - asked.askedAt <= ttlMs) return asked.answer
    return begin(key, question)
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
      .then(() => options.ask(key, question))
      .then((given) => {
        keep(key, { answer: given, order }, askedAt)
        return given
      })
      .finally(() => {
        if (running.get(key)?.order === order) running.delete(key)
      })
    running.set(key, { answer, askedAt, order })
    return answer
  }

  // An answer that was overtaken by one to a later question is older news.
  function keep(key: string, entry: Held<T>, start: number): void {
    const present = held.peek(key)
    if (present === undefined || present.order < entry.order) held.set(key, entry, { start })
  }

  return { peek, get, ask }
}
