import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { variables } from '@crm/service-kit/config/variables.ts'
import { migrateDatabase } from '@crm/service-kit/database/migrate.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import { Type } from '@sinclair/typebox'
import { migrationsFolder } from './service.ts'

const name = 'crm-service migrate'

await startOrExit(name, async () => {
  const config = loadConfig(Type.Object({ DATABASE_URL: variables.DATABASE_URL, LOG_LEVEL: variables.LOG_LEVEL }), process.env)
  await migrateDatabase({ url: config.DATABASE_URL, migrationsFolder, logger: createLogger({ name, level: config.LOG_LEVEL }) })
})
