import { findFreePort } from '@crm/embedded-postgres/ports.ts'
import { PostgresStartError } from '@crm/embedded-postgres/start-error.ts'
import { type EmbeddedPostgres, startPostgres } from '@crm/embedded-postgres/start-postgres.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import type { Logger } from 'pino'

export interface SupervisedPostgres {
  readonly port: number
  url(database?: string): string
  stop(): Promise<void>
}

export interface SupervisionOptions {
  dir: string
  /** The first port tried. */
  port: number
  logger: Logger
  /** Called when the server is gone and cannot be started again. */
  onLost(error: unknown): void
}

/** Starts the embedded PostgreSQL and starts it again whenever it ends unasked, so that a crash of the database is an outage and not the end. */
export async function supervisePostgres({ dir, port, logger, onLost }: SupervisionOptions): Promise<SupervisedPostgres> {
  const log = (line: string) => logger.debug({ line }, 'postgres')
  const chosen = await findFreePort(port)
  let stopping = false
  let restarting: Promise<void> | undefined
  let server = await start()

  async function start(): Promise<EmbeddedPostgres> {
    const started = await startPostgres({ dir, port: chosen, log }).catch((error: unknown) => {
      throw error instanceof PostgresStartError ? new StartError(error.message, { cause: error }) : error
    })
    void started.exited.then((exit) => {
      if (!stopping) restarting = restart(exit)
    })
    return started
  }

  async function restart(exit: { code: number | null; signal: string | null }): Promise<void> {
    logger.error(exit, 'PostgreSQL ended unexpectedly and is started again')
    try {
      server = await start()
    } catch (error) {
      onLost(error)
    }
  }

  return {
    port: chosen,
    url: (database) => server.url(database),
    async stop() {
      stopping = true
      await restarting
      await server.stop()
    },
  }
}
