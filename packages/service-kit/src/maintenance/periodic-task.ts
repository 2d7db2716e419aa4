import fp from 'fastify-plugin'

export interface PeriodicTaskOptions {
  /** For the log. */
  task: string
  everyMs: number
  run(): Promise<unknown>
}

/** Runs a task of housekeeping at intervals while the process serves, never twice at once. A failure is logged; the next run makes up for it. */
export const periodicTask = fp<PeriodicTaskOptions>(
  async (app, { task, everyMs, run }) => {
    let timer: NodeJS.Timeout | undefined
    let running: Promise<unknown> = Promise.resolve()
    const runOnce = async () => {
      try {
        await run()
      } catch (error) {
        app.log.warn({ err: error, task }, 'a periodic task failed')
      }
      timer = setTimeout(start, everyMs).unref()
    }
    const start = () => {
      running = runOnce()
    }
    app.addHook('onReady', async () => {
      timer = setTimeout(start, everyMs).unref()
    })
    app.addHook('onClose', async () => {
      await running
      clearTimeout(timer)
    })
  },
  { name: 'periodic-task' },
)
