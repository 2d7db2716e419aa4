import { sql } from 'drizzle-orm'
import { type AnyPgColumn, boolean, check, index, integer, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'

export { outbox, outboxRelays, outboxShards } from '@crm/events/outbox/schema.ts'
export { idempotencyKeys } from '@crm/service-kit/idempotency/schema.ts'

const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

/** The tree of companies. A parent is fixed at birth, so the ids of all ancestors are stored and never change. */
export const companies = pgTable(
  'companies',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    parentId: uuid('parent_id').references((): AnyPgColumn => companies.id),
    /** The root first, the parent last. */
    ancestorIds: uuid('ancestor_ids').array().notNull(),
    /** The stored flag: a company is active only while all its ancestors are, too. */
    isActive: boolean('is_active').notNull(),
    version: integer('version').notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    searchText: text('search_text').notNull().generatedAlwaysAs(sql`search_key(name)`),
  },
  (table) => [
    index('companies_created_at').on(table.createdAt, table.id),
    index('companies_updated_at').on(table.updatedAt, table.id),
    index('companies_name').on(sql`name collate "unicode"`, table.id),
    index('companies_parent_id').on(table.parentId),
    index('companies_ancestor_ids').using('gin', table.ancestorIds),
    index('companies_search_text').using('gin', sql`search_text gin_trgm_ops`),
    check('companies_ancestors_end_in_parent', sql`parent_id is not distinct from ancestor_ids[cardinality(ancestor_ids)]`),
  ],
)

export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    /** Lower case. */
    email: text('email').notNull(),
    firstName: text('first_name'),
    lastName: text('last_name'),
    role: text('role', { enum: ['SYSTEM_ADMIN', 'PARENT_ADMIN', 'CHILD_USER'] }).notNull(),
    companyId: uuid('company_id').references(() => companies.id),
    isActive: boolean('is_active').notNull(),
    /** argon2id as a PHC string. No query but those that write or check it names this column. */
    passwordHash: text('password_hash'),
    version: integer('version').notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    fullName: text('full_name').notNull().generatedAlwaysAs(sql`btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, ''))`),
  },
  (table) => [
    uniqueIndex('users_email').on(table.email),
    index('users_created_at').on(table.createdAt, table.id),
    index('users_updated_at').on(table.updatedAt, table.id),
    index('users_name').on(sql`full_name collate "unicode"`, table.id),
    index('users_company_created_at').on(table.companyId, table.createdAt, table.id),
    index('users_system_admins').on(table.id).where(sql`role = 'SYSTEM_ADMIN'`),
    check('users_role_is_known', sql`role in ('SYSTEM_ADMIN', 'PARENT_ADMIN', 'CHILD_USER')`),
    check('users_company_unless_system_admin', sql`(company_id is null) = (role = 'SYSTEM_ADMIN')`),
  ],
)

export type CompanyRow = typeof companies.$inferSelect
export type UserRow = typeof users.$inferSelect
