export interface MigratedDatabase {
  database: string
  /** The drizzle schema's file, from the checkout's root. */
  schema: string
}

export const databases: MigratedDatabase[] = [
  { database: 'user_db', schema: 'services/user-service/src/db/schema.ts' },
  { database: 'crm_db', schema: 'services/crm-service/src/db/schema.ts' },
  { database: 'bus_db', schema: 'packages/events/src/bus/embedded/schema.ts' },
]
