import { fileURLToPath } from 'node:url'
import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { variables } from '@crm/service-kit/config/variables.ts'
import { migrateDatabase } from '@crm/service-kit/database/migrate.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import { Type } from '@sinclair/typebox'

const name = 'embedded bus migrate'
const migrationsFolder = fileURLToPath(new URL('../../../../../drizzle/bus_db', import.meta.url))

await startOrExit(name, async () => {
  const config = loadConfig(Type.Object({ BUS_DATABASE_URL: variables.BUS_DATABASE_URL, LOG_LEVEL: variables.LOG_LEVEL }), process.env)
  await migrateDatabase({ url: config.BUS_DATABASE_URL, migrationsFolder, logger: createLogger({ name, level: config.LOG_LEVEL }) })
})
