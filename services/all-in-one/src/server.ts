import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { runProcess } from '@crm/service-kit/shutdown/run-process.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import { startAllInOne } from './all-in-one.ts'
import { announcement } from './announcement.ts'
import { loadAllInOneConfig } from './config.ts'

const name = 'all-in-one'

await startOrExit(name, async () => {
  const config = loadAllInOneConfig(process.env)
  const logger = createLogger({ name, level: config.LOG_LEVEL })
  const { dataDir, postgresPort, setDraining, close } = await startAllInOne(config, logger)
  runProcess({ name, logger, drainMs: config.DRAIN_MS, setDraining, close })
  process.stdout.write(announcement({ config, dataDir, postgresPort, seconds: process.uptime() }))
})
