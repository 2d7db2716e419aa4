import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'

export { consumerPartitions } from '@crm/events/consumer/schema.ts'
export { inbox } from '@crm/events/inbox/schema.ts'
export { outbox, outboxRelays, outboxShards } from '@crm/events/outbox/schema.ts'
export { idempotencyKeys } from '@crm/service-kit/idempotency/schema.ts'

const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

export const leads = pgTable(
  'leads',
  {
    id: uuid('id').primaryKey(),
    companyId: uuid('company_id').notNull(),
    name: text('name').notNull(),
    email: text('email').notNull(),
    status: text('status', { enum: ['NEW', 'QUALIFIED', 'CONTACTED', 'REJECTED'] }).notNull(),
    version: integer('version').notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    deletedAt: time('deleted_at'),
    // The line feed keeps a match from reaching over the end of the name: no search text holds one.
    searchText: text('search_text').notNull().generatedAlwaysAs(sql`search_key(name || chr(10) || email)`),
  },
  (table) => [
    check('leads_status', sql`status in ('NEW', 'QUALIFIED', 'CONTACTED', 'REJECTED')`),
    uniqueIndex('leads_live_company_email').on(table.companyId, table.email).where(sql`deleted_at is null`),
    index('leads_company_created_at').on(table.companyId, table.createdAt, table.id).where(sql`deleted_at is null`),
    index('leads_created_at').on(table.createdAt, table.id).where(sql`deleted_at is null`),
    index('leads_updated_at').on(table.updatedAt, table.id).where(sql`deleted_at is null`),
    index('leads_name').on(sql`name collate "unicode"`, table.id).where(sql`deleted_at is null`),
    index('leads_search_text').using('gin', sql`search_text gin_trgm_ops`).where(sql`deleted_at is null`),
    index('leads_deleted_at').on(table.deletedAt).where(sql`deleted_at is not null`),
  ],
)

export type LeadRow = typeof leads.$inferSelect
