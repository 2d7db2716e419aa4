import { createTestDatabase } from '@crm/testing/database.ts'
import { sql } from 'drizzle-orm'
import { pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { Test } from 'tap'
import { connectDatabase, type Database } from '../../src/database/database.ts'
import { newId } from '../../src/ids/new-id.ts'
import { type PageRequest, readPage, type SortKey } from '../../src/paging/keyset.ts'

export const things = pgTable('things', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
})
export type Thing = typeof things.$inferSelect

export const sortKeys: Record<string, SortKey<Thing>> = {
  createdAt: { expression: sql`${things.createdAt}`, type: 'timestamptz', encode: (thing) => thing.createdAt.toISOString() },
  name: { expression: sql`${things.name} collate "unicode"`, type: 'text', encode: (thing) => thing.name },
}

const firstMs = Date.parse('2026-01-31T09:30:00.000Z')

/** `count` things with many ties: 10 of each time, 20 of each name. */
export function makeThings(count: number): Thing[] {
  return Array.from({ length: count }, (_, i) => ({
    id: newId(),
    name: `${'aÄzé'.charAt(i % 4)} thing ${i % (count / 20)}`,
    createdAt: new Date(firstMs + (i % (count / 10))),
  }))
}

/** A database with a table of things, and a list of them as services have it. */
export async function listedThings(t: Test, rows: Thing[]) {
  const { url } = await createTestDatabase(t, { tables: { things } })
  const db = connectDatabase({ url, applicationName: 'test', maxConnections: 4 })
  t.teardown(() => db.close())
  if (rows.length > 0) await db.orm.insert(things).values(rows)
  return { db, list: (request: PageRequest, callerId = 'caller') => listThings(db, request, callerId) }
}

function listThings({ orm }: Database, request: PageRequest, callerId: string) {
  return readPage<Thing>({
    request,
    sortKeys,
    id: things.id,
    filters: {},
    callerId,
    read: ({ where, orderBy, limit, offset }) => orm.select().from(things).where(where).orderBy(orderBy).limit(limit).offset(offset),
    count: () => orm.$count(things),
  })
}
