import { setTimeout as delay } from 'node:timers/promises'
import { PostgresStartError } from '@crm/embedded-postgres/start-error.ts'
import { type EmbeddedPostgres, startPostgres } from '@crm/embedded-postgres/start-postgres.ts'
import { findFreePort } from '@crm/local-processes/ports.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import type { Logger } from 'pino'
import { maxRestarts, pauseBeforeRestart, restartWindowMs } from './restart-policy.ts'
import { listenFailure } from './service-addresses.ts'

export interface SupervisedPostgres {
  readonly port: number
  url(database?: string): string
  /** Resolves, once, when the server is gone and stays gone: its data is damaged, or it ended too often. */
  readonly lost: Promise<Error>
  /** Also while a restart is under way or the server is lost. */
  stop(): Promise<void>
}

export interface SupervisionOptions {
  dir: string
  /** The first port tried. */
  port: number
  logger: Logger
  /** Aborted when the server is not wanted any more before it runs; see StartOptions. */
  signal?: AbortSignal
}

/**
 * Starts the embedded PostgreSQL and starts it again, a few times a minute, when it ends unasked: a crash of the database is an outage
 * and not the end.
 */
export async function supervisePostgres({ dir, port, logger, signal }: SupervisionOptions): Promise<SupervisedPostgres> {
  const log = (line: string) => logger.debug({ line }, 'postgres')
  const chosen = await choosePort(port)
  const stopping = new AbortController()
  const lost = Promise.withResolvers<Error>()
  const restartedAt: number[] = []
  let restarting: Promise<void> | undefined
  let server = watch(await startPostgres({ dir, port: chosen, log, signal }).catch(rethrowAsStartError))

  function watch(started: EmbeddedPostgres): EmbeddedPostgres {
    void started.exited.then((exit) => {
      if (stopping.signal.aborted) return
      logger.error(exit, 'PostgreSQL ended unexpectedly and is started again')
      restarting = restart()
    })
    return started
  }

  // Never rejects.
  async function restart(): Promise<void> {
    let cause: unknown
    for (;;) {
      const pauseMs = pauseBeforeRestart(restartedAt, Date.now())
      if (pauseMs === undefined) return lost.resolve(endedTooOften(cause))
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      restartedAt.push(Date.now())
      try {
        server = watch(await startPostgres({ dir, port: chosen, log }))
        return
      } catch (error) {
        if (error instanceof PostgresStartError && error.reason === 'data-damaged') return lost.resolve(error)
        logger.error({ err: error }, 'PostgreSQL could not be started again')
        cause = error
      }
    }
  }

  return {
    port: chosen,
    url: (database) => server.url(database),
    lost: lost.promise,
    async stop() {
      stopping.abort()
      await restarting
      await server.stop()
    },
  }
}

function endedTooOften(cause: unknown): Error {
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new Error(`PostgreSQL was started again ${maxRestarts} times within ${restartWindowMs / 1000} s and does not stay up${why}`, {
    cause,
  })
}

function rethrowAsStartError(error: unknown): never {
  throw error instanceof PostgresStartError ? new StartError(error.message, { cause: error }) : error
}

async function choosePort(first: number): Promise<number> {
  return await findFreePort(first).catch((cause: unknown) => {
    if (cause instanceof Error && 'syscall' in cause) throw listenFailure(cause, { variable: 'POSTGRES_PORT' })
    throw new StartError(`${cause instanceof Error ? cause.message : cause} (set POSTGRES_PORT to another)`, { cause })
  })
}
