import { createTestDatabase } from '@crm/testing/database.ts'
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { Test } from 'tap'
import { connectDatabase, type Database, type Executor } from '../../src/database/database.ts'
import { type IdempotentWrite, writeOnce } from '../../src/idempotency/idempotent-write.ts'
import { type IdempotentRequest, identify } from '../../src/idempotency/request-identity.ts'
import { idempotencyKeys } from '../../src/idempotency/schema.ts'
import type { WriteResult } from '../../src/idempotency/write-result.ts'
import { newId } from '../../src/ids/new-id.ts'

export const effects = pgTable('effects', { id: uuid('id').primaryKey(), name: text('name').notNull() })

export interface Effect {
  name: string
  id: string
}

export const request: IdempotentRequest = {
  userId: '01980000-0000-7000-8000-00000000000a',
  method: 'POST',
  path: '/v1/effects',
  key: 'k-1',
  body: { name: 'Ada' },
  ifMatch: undefined,
}

export const companyId = '01980000-0000-7000-8000-0000000000c1'

/** A database in which each write leaves a row, and the write as a service does it. */
export async function countedWrites(t: Test, maxConnections = 10) {
  const { url } = await createTestDatabase(t, { tables: { effects, idempotencyKeys } })
  const db = connectDatabase({ url, applicationName: 'test', maxConnections })
  t.teardown(() => db.close())
  return {
    db,
    write: (changes: Partial<IdempotentRequest> = {}, parts: Partial<IdempotentWrite<Effect>> = {}) =>
      write(db, { ...request, ...changes }, parts),
    countEffects: () => db.orm.$count(effects),
    countKeys: () => db.orm.$count(idempotencyKeys),
  }
}

function write(db: Database, asked: IdempotentRequest, parts: Partial<IdempotentWrite<Effect>>) {
  return writeOnce<Effect>({ db, identity: identify(asked), work: createEffect, recheck: () => {}, ...parts })
}

/** Leaves a row and answers with it; its members are in no alphabetical order. */
export async function createEffect({ orm }: Executor): Promise<WriteResult<Effect>> {
  const effect = { name: 'Zoë "Z" 😀', id: newId() }
  await orm.insert(effects).values(effect)
  return { status: 201, body: effect, etag: '"1"', location: `/v1/effects/${effect.id}`, recordId: effect.id, companyId }
}
