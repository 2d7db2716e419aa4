import { index, json, pgTable, smallint, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/**
 * The first answer to each Idempotency-Key, kept 24 h: the record it showed stands in `body`, until the record is erased.
 * Of the request it keeps hashes only, so what was sent and not shown is not in it.
 */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** SHA-256 of user, method, path and key. */
    id: text('id').primaryKey(),
    /** HMAC of body and If-Match under the client's own key. */
    fingerprint: text('fingerprint').notNull(),
    status: smallint('status').notNull(),
    /** Of the answer; null for 204 and once the record is erased. */
    body: json('body'),
    etag: text('etag'),
    location: text('location'),
    recordId: uuid('record_id').notNull(),
    companyId: uuid('company_id'),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [index('idempotency_keys_created_at').on(table.createdAt), index('idempotency_keys_record_id').on(table.recordId)],
)
