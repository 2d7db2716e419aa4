import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { noteProcessFailure } from './process-failure.ts'

export interface ProcessOptions {
  name: string
  logger: Logger
  /** Milliseconds between turning unready and closing. */
  drainMs: number
  /** Turns /ready to 503. */
  setDraining: () => void
  /** Ends streams, stops accepting, finishes what is in flight, closes what was opened. */
  close: () => Promise<void>
  /** From the first signal to the end, in milliseconds; draining included. */
  deadlineMs?: number
}

/**
 * Gives the process its end. SIGINT or SIGTERM: unready, wait `drainMs`, close, exit 0; later signals change nothing.
 * An uncaught error: logged as fatal, close at once, exit 1; `processHasFailed` says so to what is closed. Whatever is not closed by the
 * deadline is left behind with exit 1.
 */
export function runProcess({ name, logger, drainMs, setDraining, close, deadlineMs = 25_000 }: ProcessOptions): void {
  let isStopping = false
  let exitCode = 0

  async function stop(waitMs: number): Promise<void> {
    isStopping = true
    // Not unref'd: a close() that waits for nothing would otherwise let the process end as if all were well.
    setTimeout(() => {
      logger.fatal(`${name} did not stop within ${deadlineMs} ms: exiting with work left behind`)
      process.exit(1)
    }, deadlineMs)
    try {
      setDraining()
      if (waitMs > 0) await delay(waitMs)
      await close()
      logger.info(`${name} stopped`)
    } catch (error) {
      logger.fatal({ err: error }, `${name} failed to stop cleanly`)
      exitCode = 1
    }
    process.exit(exitCode)
  }

  // A terminal and the package runner above us both send one, so a repeated signal must not cut a running stop short.
  function onSignal(signal: NodeJS.Signals): void {
    if (isStopping) return
    logger.info({ signal, drainMs }, `${name} is stopping`)
    void stop(drainMs)
  }

  function onUncaught(error: unknown, origin: string): void {
    exitCode = 1
    noteProcessFailure(error)
    logger.fatal({ err: error, origin }, `${name} met an uncaught error`)
    if (!isStopping) void stop(0)
  }

  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('uncaughtException', onUncaught)
  process.on('unhandledRejection', (reason) => onUncaught(reason, 'unhandledRejection'))
}
