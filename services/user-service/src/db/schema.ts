import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  customType,
  index,
  inet,
  integer,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

export { outbox, outboxRelays, outboxShards } from '@crm/events/outbox/schema.ts'
export { idempotencyKeys } from '@crm/service-kit/idempotency/schema.ts'

const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

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

/** Logins. A session lives while `ended_at` is null and `expires_at` is to come; each refresh moves the end on. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** How its refresh tokens travel: in a cookie, or in bodies. */
    kind: text('kind', { enum: ['token', 'cookie'] }).notNull(),
    /** Where it was started from, as far as proxies are trusted. */
    address: inet('address').notNull(),
    userAgent: text('user_agent'),
    createdAt: time('created_at').notNull(),
    refreshedAt: time('refreshed_at').notNull(),
    expiresAt: time('expires_at').notNull(),
    endedAt: time('ended_at'),
  },
  (table) => [
    index('sessions_user_created_at').on(table.userId, table.createdAt, table.id),
    index('sessions_user_address').on(table.userId, table.address),
    index('sessions_user_live').on(table.userId).where(sql`ended_at is null`),
    index('sessions_expires_at').on(table.expiresAt),
    index('sessions_ended_at').on(table.endedAt).where(sql`ended_at is not null`),
    check('sessions_kind_is_known', sql`kind in ('token', 'cookie')`),
  ],
)

/** Every refresh token of the last 30 days, so that the use of one that was replaced is noticed. No token stands here in clear. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    /** SHA-256 of the token's 256 random bits. */
    hash: bytes('hash').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    createdAt: time('created_at').notNull(),
    /** Null for the session's current token. */
    replacedAt: time('replaced_at'),
    /** The token that replaced this one, readable to who holds this one; for seconds only. */
    sealedSuccessor: bytes('sealed_successor'),
  },
  (table) => [
    index('refresh_tokens_session').on(table.sessionId),
    index('refresh_tokens_created_at').on(table.createdAt),
    index('refresh_tokens_sealed').on(table.replacedAt).where(sql`sealed_successor is not null`),
  ],
)

/** The keys that access tokens are signed with: each signs from its time on until the next one's. */
export const signingKeys = pgTable(
  'signing_keys',
  {
    id: text('id').primaryKey(),
    /** Ed25519, SubjectPublicKeyInfo as PEM. */
    publicKey: text('public_key').notNull(),
    /** PKCS #8, encrypted with a key derived from SIGNING_KEY_SECRET. */
    encryptedPrivateKey: bytes('encrypted_private_key').notNull(),
    createdAt: time('created_at').notNull(),
    signsFrom: time('signs_from').notNull(),
  },
  (table) => [uniqueIndex('signing_keys_signs_from').on(table.signsFrom)],
)

/**
 * Counters that slow logins. The time at which one is empty again is its theoretical arrival time, in terms of GCRA. Ids are hashes:
 * whatever was typed as an email is not kept.
 */
export const loginAttempts = pgTable(
  'login_attempts',
  {
    id: text('id').primaryKey(),
    emptyAt: time('empty_at').notNull(),
  },
  (table) => [index('login_attempts_empty_at').on(table.emptyAt)],
)

export type CompanyRow = typeof companies.$inferSelect
export type UserRow = typeof users.$inferSelect
export type SessionRow = typeof sessions.$inferSelect
