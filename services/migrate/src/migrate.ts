import { fileURLToPath } from 'node:url'
import { migrateDatabase } from '@crm/service-kit/database/migrate.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { startOrExit } from '@crm/service-kit/shutdown/start-or-exit.ts'
import { adminUrl, loadMigrateConfig } from './config.ts'
import { provision } from './provision.ts'

const name = 'migrate'
const userMigrations = fileURLToPath(new URL('../../../drizzle/user_db', import.meta.url))
const crmMigrations = fileURLToPath(new URL('../../../drizzle/crm_db', import.meta.url))

await startOrExit(name, async () => {
  const config = loadMigrateConfig(process.env)
  const logger = createLogger({ name, level: config.LOG_LEVEL })
  const databases = [
    { url: config.USER_DATABASE_URL, migrationsFolder: userMigrations },
    { url: config.CRM_DATABASE_URL, migrationsFolder: crmMigrations },
  ]
  const superuserUrl = adminUrl(config)
  if (superuserUrl !== undefined) {
    const urls = databases.map(({ url }) => url)
    await provision(superuserUrl, urls, logger)
  }
  for (const database of databases) await migrateDatabase({ ...database, logger })
})
