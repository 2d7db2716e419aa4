import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { createTestDatabase } from '@crm/testing/database.ts'
import { eq, sql } from 'drizzle-orm'
import { bigint, integer, json, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import t, { type Test } from 'tap'
import { connectDatabase, type Executor, uniqueViolation } from '../../src/database/database.ts'

const rows = pgTable('rows', {
  id: integer('id').primaryKey(),
  plain: json('plain'),
  binary: jsonb('binary'),
  words: text('words').array(),
  ids: uuid('ids').array(),
  at: timestamp('at', { withTimezone: true, precision: 3 }),
  count: bigint('count', { mode: 'bigint' }),
})

const document = { b: 1, a: ['x', null, { 'quoted "name"': 'Zoë 😀 \\ \n' }], t: true, n: null, empty: {}, text: 'null' }
const words = ['plain', 'with "quotes"', 'with, comma', '{braces}', 'back\\slash', '', 'null', 'Zoë 😀']
const ids = ['01980000-0000-7000-8000-000000000001', '01980000-0000-7000-8000-000000000002']
const at = new Date('2026-01-31T09:30:00.123Z')

async function connected(t: Test, maxConnections = 4) {
  const { url } = await createTestDatabase(t, { tables: { rows } })
  const db = connectDatabase({ url, applicationName: 'crm-test', maxConnections })
  t.teardown(() => db.close())
  return db
}

const idsOf = async ({ orm }: Executor) => (await orm.select({ id: rows.id }).from(rows).orderBy(rows.id)).map(({ id }) => id)
const insert = ({ orm }: Executor, id: number) => orm.insert(rows).values({ id })
const insertPlainly = ({ sql }: Executor, id: number) => sql`insert into rows (id) values (${id})`
const rejecting = async () => {
  throw new Error('stop')
}

t.test('what is written by built queries and by statements reads the same by both', async (t) => {
  const db = await connected(t)
  await db.orm.insert(rows).values({ id: 1, plain: document, binary: document, words, ids, at, count: 9_007_199_254_740_993n })
  await db.sql`
    insert into rows (id, plain, "binary", words, ids, at, count)
    values (2, ${JSON.stringify(document)}, ${db.sql.json(document)}, ${words}, ${ids}::uuid[], ${at}, ${'9007199254740993'})`
  for (const id of [1, 2]) {
    const [built] = await db.orm.select().from(rows).where(eq(rows.id, id))
    t.strictSame(
      built,
      { id, plain: document, binary: document, words, ids, at, count: 9_007_199_254_740_993n },
      `row ${id} by a built query`,
    )
    const [stated] = await db.sql`select * from rows where id = ${id}`
    t.strictSame(
      { ...stated },
      { id, plain: document, binary: document, words, ids, at, count: '9007199254740993' },
      `row ${id} by a statement`,
    )
    t.equal(JSON.stringify(stated?.plain), JSON.stringify(document), 'json keeps the order of its members')
    t.ok(stated?.at instanceof Date)
  }
  const [types] = await db.sql`select json_typeof(plain) as plain, jsonb_typeof("binary") as "binary" from rows where id = 1`
  t.strictSame({ ...types }, { plain: 'object', binary: 'object' }, 'not text in JSON')
})

t.test('null is null, and lists can be empty', async (t) => {
  const db = await connected(t)
  await db.orm.insert(rows).values({ id: 1, words: [] })
  await db.sql`insert into rows (id, words) values (2, ${[]})`
  for (const row of await db.orm.select().from(rows)) {
    t.match(row, { plain: null, binary: null, ids: null, at: null, count: null })
    t.strictSame(row.words, [])
  }
})

t.test('a list of ids is one parameter', async (t) => {
  const db = await connected(t)
  const found = await db.sql`select unnest(${ids}::uuid[]) as id`
  t.strictSame(
    found.map(({ id }) => id),
    ids,
  )
})

t.test('a transaction keeps all its effects, of statements and built queries, and gives back the result', async (t) => {
  const db = await connected(t)
  const result = await db.transaction(async (tx) => {
    await insert(tx, 1)
    await insertPlainly(tx, 2)
    t.strictSame(await idsOf(tx), [1, 2], 'both see each other')
    t.strictSame(await idsOf(db), [], 'nobody else sees them yet')
    return ['a', 'list']
  })
  t.strictSame(result, ['a', 'list'])
  t.strictSame(await idsOf(db), [1, 2])
})

t.test('a transaction that rejects undoes all its effects and rejects with the same error', async (t) => {
  const db = await connected(t)
  const failing = db.transaction(async (tx) => {
    await insert(tx, 1)
    await insertPlainly(tx, 2)
    await rejecting()
  })
  await t.rejects(failing, new Error('stop'))
  t.strictSame(await idsOf(db), [])
})

t.test('a transaction within a transaction is a savepoint: its failure undoes it alone', async (t) => {
  const db = await connected(t)
  await db.transaction(async (tx) => {
    await insert(tx, 1)
    const failing = tx.transaction(async (inner) => {
      await insert(inner, 2)
      await insertPlainly(inner, 3)
      await rejecting()
    })
    await t.rejects(failing, new Error('stop'))
    const duplicate = tx.transaction((inner) => insert(inner, 1))
    t.ok(uniqueViolation(await duplicate.catch((error: unknown) => error)), 'also when the database refused')
    await tx.transaction((inner) => insert(inner, 4))
    t.strictSame(await idsOf(tx), [1, 4])
  })
  t.strictSame(await idsOf(db), [1, 4])
})

t.test('the end of the outer transaction is the end of the inner ones', async (t) => {
  const db = await connected(t)
  const failing = db.transaction(async (tx) => {
    await tx.transaction((inner) => insert(inner, 1))
    await rejecting()
  })
  await t.rejects(failing, new Error('stop'))
  t.strictSame(await idsOf(db), [])
})

t.test('a refused duplicate is told from other errors, by statements and built queries', async (t) => {
  const db = await connected(t)
  await insert(db, 1)
  const errorOf = (query: PromiseLike<unknown>) => Promise.resolve(query).catch((error: unknown) => error)
  t.equal(uniqueViolation(await errorOf(insert(db, 1))), true)
  t.equal(uniqueViolation(await errorOf(insertPlainly(db, 1))), true)
  t.equal(uniqueViolation(await errorOf(db.sql`insert into rows (id) values (null)`)), false)
  t.equal(uniqueViolation(await errorOf(db.orm.execute(sql`select 1 from nothing`))), false)
  t.equal(uniqueViolation(new Error('23505')), false)
  t.equal(uniqueViolation('23505'), false)
})

t.test('connections are made when they are needed, say who they are, and end with close', async (t) => {
  const { url } = await createTestDatabase(t, { tables: { rows } })
  const observer = connectDatabase({ url, applicationName: 'observer', maxConnections: 1 })
  t.teardown(() => observer.close())
  const count = async () => {
    const [row] = await observer.sql<{ open: number }[]>`
      select count(*)::int as open from pg_stat_activity where application_name = 'crm-test' and datname = current_database()`
    return row?.open
  }
  const db = connectDatabase({ url, applicationName: 'crm-test', maxConnections: 2 })
  t.equal(await count(), 0)
  await Promise.all(Array.from({ length: 10 }, () => db.sql`select pg_sleep(0.01)`))
  t.equal(await count(), 2)
  await db.close()
  await t.rejects(Promise.resolve(db.sql`select 1`), { code: 'CONNECTION_ENDED' })
})

t.test('statements, waits for locks and transactions have limits of time, unless the URL says otherwise', async (t) => {
  const { url } = await createTestDatabase(t, { tables: { rows } })
  const limitsOf = async (databaseUrl: string) => {
    const db = connectDatabase({ url: databaseUrl, applicationName: 'crm-test', maxConnections: 1 })
    t.teardown(() => db.close())
    const [row] = await db.sql`
      select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
        current_setting('idle_in_transaction_session_timeout') as idle, current_setting('transaction_timeout') as transaction`
    return { ...row }
  }
  t.strictSame(await limitsOf(url), { statement: '10s', lock: '5s', idle: '15s', transaction: '30s' })
  t.strictSame(await limitsOf(`${url}?lock_timeout=50`), { statement: '10s', lock: '50ms', idle: '15s', transaction: '30s' })
})

/** A way to the database on which nothing more is sent once this was. */
async function frozenAfter(t: Test, url: string, words: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname).on('error', () => {})
    client
      .on('error', () => {})
      .on('data', (chunk) => {
        upstream.write(chunk)
        if (chunk.includes(words)) client.pause()
      })
    upstream.pipe(client)
    t.teardown(() => upstream.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const frozen = new URL(url)
  frozen.port = String((server.address() as AddressInfo).port)
  return frozen.href
}

t.test('a transaction whose client stands still amid a statement gives up its locks', async (t) => {
  const { url } = await createTestDatabase(t, { tables: { rows } })
  const limited = `${await frozenAfter(t, url, 'amid')}?transaction_timeout=1000`
  const halted = connectDatabase({ url: limited, applicationName: 'crm-test', maxConnections: 1 })
  const other = connectDatabase({ url, applicationName: 'crm-test', maxConnections: 1 })
  t.teardown(() => Promise.all([halted.close(), other.close()]))
  const isInserted = Promise.withResolvers<void>()
  const lost = halted.transaction(async (tx) => {
    await insert(tx, 1)
    isInserted.resolve()
    // Its first message names it; the second, which would run it, never comes.
    await tx.sql`select ${1}::int as amid`
  })
  const refused = t.rejects(lost)
  await isInserted.promise
  await insert(other, 1)
  t.strictSame(await idsOf(other), [1])
  await refused
})
