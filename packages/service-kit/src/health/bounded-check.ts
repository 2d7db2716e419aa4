/** Resolves to undefined when all is well, to what was wrong otherwise; it never rejects. */
export type BoundedCheck = () => Promise<Error | undefined>

/**
 * Bounds `check` to `limitMs`. Probes that come while it runs share it, so that a dead dependency does not pile up
 * questions; one that has run for 5 limits is given up, so that it cannot hide a recovery.
 */
export function boundCheck(check: () => Promise<void>, limitMs = 1000): BoundedCheck {
  let running: { outcome: Promise<Error | undefined>; since: number } | undefined

  function ask(): Promise<Error | undefined> {
    const now = performance.now()
    if (running !== undefined && now - running.since < 5 * limitMs) return running.outcome
    const question = { outcome: outcomeOf(check), since: now }
    running = question
    void question.outcome.then(() => {
      if (running === question) running = undefined
    })
    return question.outcome
  }

  return async () => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Error>((resolve) => {
      timer = setTimeout(() => resolve(new Error(`no answer within ${limitMs} ms`)), limitMs)
    })
    try {
      return await Promise.race([ask(), late])
    } finally {
      clearTimeout(timer)
    }
  }
}

async function outcomeOf(check: () => Promise<void>): Promise<Error | undefined> {
  try {
    await check()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
