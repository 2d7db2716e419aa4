import { resolve } from 'node:path'
import { openBus } from '@crm/events/bus/open-bus.ts'
import { describeStartFailure } from '@crm/service-kit/shutdown/describe-start-failure.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import { createCrmService, createCrmWorker } from 'crm-service/service.ts'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { createUserService } from 'user-service/service.ts'
import type { AllInOneConfig } from './config.ts'
import { lockDataFolder } from './data-lock.ts'
import { prepareDatabases } from './databases.ts'
import { serviceConfigs } from './service-configs.ts'
import { supervisePostgres } from './supervised-postgres.ts'

interface Address {
  host: string
  port: number
  /** Of the environment, that sets it. */
  variable: string
}

export interface AllInOne {
  postgresPort: number
  dataDir: string
  setDraining(): void
  /** Stops everything in the reverse order of its start. */
  close(): Promise<void>
}

/** Starts every process's app in this one: real sockets between them, no shared memory but the embedded bus. When a part fails, the parts before it are stopped. */
export async function startAllInOne(config: AllInOneConfig, logger: Logger): Promise<AllInOne> {
  const running: (() => unknown)[] = []
  const close = async () => {
    for (const stop of running.splice(0).reverse()) await stop()
  }
  try {
    return { ...(await startParts(config, logger, running)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startParts(config: AllInOneConfig, logger: Logger, running: (() => unknown)[]): Promise<Omit<AllInOne, 'close'>> {
  const dataDir = resolve(config.DATA_DIR)
  running.push(lockDataFolder(dataDir))
  const postgres = await supervisePostgres({
    dir: `${dataDir}/postgres`,
    port: config.POSTGRES_PORT,
    logger,
    onLost: (error) => {
      throw error
    },
  })
  running.push(() => postgres.stop())
  const urls = await prepareDatabases(postgres)
  const bus = openBus({ databaseUrl: urls.bus_db, logger })
  running.push(() => bus.close())

  const apps: FastifyInstance[] = []
  const listen = async (app: FastifyInstance, { host, port, variable }: Address) => {
    running.push(() => app.close())
    apps.push(app)
    await app.listen({ host, port }).catch((cause: unknown) => {
      throw new StartError(describeStartFailure(cause, { portVariable: variable }), { cause })
    })
  }
  const { user, crm, worker } = serviceConfigs(config, urls)
  await listen(await createUserService(user, bus), { host: user.HOST, port: user.PORT, variable: 'USER_SERVICE_URL' })
  await listen(await createCrmService(crm, bus), { host: crm.HOST, port: crm.PORT, variable: 'CRM_SERVICE_URL' })
  await listen(await createCrmWorker(worker, bus), { host: worker.HOST, port: worker.ADMIN_PORT, variable: 'ADMIN_PORT' })

  return {
    postgresPort: postgres.port,
    dataDir,
    setDraining: () => {
      for (const app of apps) app.setDraining()
    },
  }
}
