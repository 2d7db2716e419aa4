import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { runProcess } from './run-process.ts'

export interface RunServiceOptions {
  name: string
  logger: Logger
  app: FastifyInstance
  host: string
  port: number
  drainMs: number
  /** Closes what the process opened beside the app, such as the bus; called after the app is closed. */
  afterClose: () => Promise<void>
}

const closeLimitMs = 10_000

/**
 * Listens, and gives the process its end by signals, also in the middle of the start: that is then finished before it is closed, and
 * whether it failed counts for nothing. Rejects when it cannot listen, once the app is closed, or after 10 s. What the app does by itself
 * belongs in its onListen hooks: without its port it begins nothing.
 */
export async function runService({ name, logger, app, host, port, drainMs, afterClose }: RunServiceOptions): Promise<void> {
  // Only begins here: signals are heard below before it goes on.
  const listening = app.listen({ host, port })
  let isStopping = false
  let closing: Promise<void> | undefined

  async function close(): Promise<void> {
    // A close that overtakes the start would leave a port open, and begin what nobody stops.
    await listening.catch(() => {})
    await app.close()
    await afterClose()
  }

  runProcess({
    name,
    logger,
    drainMs,
    setDraining() {
      isStopping = true
      app.setDraining()
    },
    close: () => (closing ??= close()),
  })
  try {
    await listening
  } catch (error) {
    if (isStopping) return
    closing ??= close()
    const closed = closing.catch((err) => logger.error({ err }, `${name} could not be closed after a start that failed`))
    await Promise.race([closed, delay(closeLimitMs)])
    throw error
  }
}
