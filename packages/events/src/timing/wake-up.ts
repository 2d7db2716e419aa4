/** Lets one loop sleep and anyone end its sleep. Calls made while the loop is awake count as one and end its next sleep at once. */
export interface WakeUp {
  wake(): void
  /** Resolves when woken, or after `ms` milliseconds. */
  sleep(ms: number): Promise<void>
}

export function createWakeUp(): WakeUp {
  let pending = false
  let wakeSleeper: (() => void) | undefined
  return {
    wake() {
      pending = true
      wakeSleeper?.()
    },
    async sleep(ms) {
      if (!pending) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.max(0, ms))
          wakeSleeper = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      pending = false
      wakeSleeper = undefined
    },
  }
}
