export interface RepeatOptions {
  everyMs: number
  onError: (error: unknown) => void
}

/** Something that runs again and again. */
export interface Repetition {
  /** Waits for the run that is on its way; none begins afterwards. Never rejects. */
  stop(): Promise<void>
}

/** Runs work at intervals, never twice at once, for the first time after one interval. It keeps no process alive. */
export function repeat(work: () => Promise<unknown>, { everyMs, onError }: RepeatOptions): Repetition {
  let timer: NodeJS.Timeout
  let running: Promise<void> = Promise.resolve()
  let stopped = false

  function schedule(): void {
    timer = setTimeout(() => {
      running = run()
    }, everyMs).unref()
  }

  async function run(): Promise<void> {
    await work().catch(onError)
    if (!stopped) schedule()
  }

  schedule()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
