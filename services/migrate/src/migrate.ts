import { migrateDatabase } from '@crm/service-kit/database/migrate.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import { adminUrl, loadMigrateConfig } from './config.ts'
import { databases } from './databases.ts'
import { closeMaintenanceDatabases, provision } from './provision.ts'

const name = 'migrate'

await startOrExit(name, async () => {
  const config = loadMigrateConfig(process.env)
  const logger = createLogger({ name, level: config.LOG_LEVEL })
  const superuserUrl = adminUrl(config)
  if (superuserUrl !== undefined) {
    for (const { variable } of databases) await provision(superuserUrl, config[variable], logger)
    if (config.DEDICATED_SERVER) await closeMaintenanceDatabases(superuserUrl)
  }
  for (const { variable, migrationsFolder } of databases) await migrateDatabase({ url: config[variable], migrationsFolder, logger })
})
