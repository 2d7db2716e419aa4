import { busPlace, openBus } from '@crm/events/bus/open-bus.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { runService } from '@crm/service-kit/shutdown/run-service.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import { loadCrmWorkerConfig } from './config.ts'
import { createCrmWorker } from './service.ts'

const name = 'crm-worker'

await startOrExit(
  name,
  async () => {
    const config = loadCrmWorkerConfig(process.env)
    const logger = createLogger({ name, level: config.LOG_LEVEL })
    const bus = openBus({ ...busPlace(config), applicationName: name, logger })
    const app = await createCrmWorker(config, bus)
    await runService({
      name,
      logger,
      app,
      host: config.HOST,
      port: config.ADMIN_PORT,
      drainMs: config.DRAIN_MS,
      afterClose: () => bus.close(),
    })
  },
  // The service's own database is not asked before the worker runs.
  { portVariable: 'ADMIN_PORT', databaseVariable: 'BUS_DATABASE_URL' },
)
