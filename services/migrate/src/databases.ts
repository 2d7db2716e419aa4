import { fileURLToPath } from 'node:url'

/** Every database of the services: the variable that names it, and its migrations. */
export const databases = [
  {
    variable: 'USER_DATABASE_URL',
    migrationsFolder: fileURLToPath(new URL('../../../drizzle/user_db', import.meta.url)),
  },
  {
    variable: 'CRM_DATABASE_URL',
    migrationsFolder: fileURLToPath(new URL('../../../drizzle/crm_db', import.meta.url)),
  },
] as const

export type DatabaseVariable = (typeof databases)[number]['variable']
