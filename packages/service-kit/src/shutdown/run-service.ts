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

/** Listens, and gives the process its end by signals. Rejects when it cannot listen. */
export async function runService({ name, logger, app, host, port, drainMs, afterClose }: RunServiceOptions): Promise<void> {
  await app.listen({ host, port })
  runProcess({
    name,
    logger,
    drainMs,
    setDraining: () => app.setDraining(),
    close: async () => {
      await app.close()
      await afterClose()
    },
  })
}
