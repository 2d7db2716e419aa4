/** What comes when the queue is full. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError'
}

export interface BoundedQueue {
  /** Runs the task as soon as its turn comes. Rejects with QueueFullError at once when as many wait as may. */
  run<T>(task: () => Promise<T>): Promise<T>
  waiting(): number
}

export interface QueueLimits {
  /** Tasks that run at the same time, at most. */
  concurrency: number
  /** Tasks that wait for their turn, at most. */
  waiting: number
}

/** Runs tasks in the order they come, a few at a time. */
export function createBoundedQueue(limits: QueueLimits): BoundedQueue {
  const turns: (() => void)[] = []
  let running = 0

  async function turn(): Promise<void> {
    if (running < limits.concurrency) {
      running++
      return
    }
    if (turns.length >= limits.waiting) throw new QueueFullError(`${limits.waiting} tasks wait already`)
    // Whoever ends hands its place over, so that nobody who comes in between takes it.
    await new Promise<void>((resolve) => turns.push(resolve))
  }

  function handOver(): void {
    const next = turns.shift()
    if (next) next()
    else running--
  }

  return {
    waiting: () => turns.length,
    async run(task) {
      await turn()
      try {
        return await task()
      } finally {
        handOver()
      }
    },
  }
}
