import { runMigrate } from '@crm/service-kit/database/run-migrate.ts'
import { migrationsFolder } from './service.ts'

await runMigrate({ name: 'crm-service migrate', migrationsFolder, env: process.env, urlVariable: 'DATABASE_URL' })
