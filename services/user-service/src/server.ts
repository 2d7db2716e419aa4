import { busPlace, openBus } from '@crm/events/bus/open-bus.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { runService } from '@crm/service-kit/shutdown/run-service.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import { loadUserServiceConfig } from './config.ts'
import { createUserService } from './service.ts'

const name = 'user-service'

const start = async () => {
  const config = loadUserServiceConfig(process.env)
  const logger = createLogger({ name, level: config.LOG_LEVEL })
  const bus = openBus({ ...busPlace(config), applicationName: name, logger })
  const app = await createUserService(config, bus)
  await runService({ name, logger, app, host: config.HOST, port: config.PORT, drainMs: config.DRAIN_MS, afterClose: () => bus.close() })
}

// The bus is not asked before the service runs.
await startOrExit(name, start, { databaseVariable: 'DATABASE_URL' })
