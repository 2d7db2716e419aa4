import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { runService } from '@crm/service-kit/shutdown/run-service.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import { loadGatewayConfig } from './config.ts'
import { createGateway } from './service.ts'

const name = 'gateway'

await startOrExit(name, async () => {
  const config = loadGatewayConfig(process.env)
  const app = await createGateway(config)
  const logger = createLogger({ name, level: config.LOG_LEVEL })
  await runService({ name, logger, app, host: config.HOST, port: config.PORT, drainMs: config.DRAIN_MS, afterClose: async () => {} })
})
