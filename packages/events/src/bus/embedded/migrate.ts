import { fileURLToPath } from 'node:url'
import { runMigrate } from '@crm/service-kit/database/run-migrate.ts'

const migrationsFolder = fileURLToPath(new URL('../../../../../drizzle/bus_db', import.meta.url))

await runMigrate({ name: 'embedded bus migrate', migrationsFolder, env: process.env, urlVariable: 'BUS_DATABASE_URL' })
