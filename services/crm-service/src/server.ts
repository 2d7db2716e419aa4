import { busPlace, openBus } from '@crm/events/bus/open-bus.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { runService } from '@crm/service-kit/shutdown/run-service.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import { loadCrmServiceConfig } from './config.ts'
import { createCrmService } from './service.ts'

const name = 'crm-service'

await startOrExit(name, async () => {
  const config = loadCrmServiceConfig(process.env)
  const logger = createLogger({ name, level: config.LOG_LEVEL })
  const bus = openBus({ ...busPlace(config), applicationName: name, logger })
  const app = await createCrmService(config, bus)
  await runService({ name, logger, app, host: config.HOST, port: config.PORT, drainMs: config.DRAIN_MS, afterClose: () => bus.close() })
})
