import { startTestServer } from '@crm/testing/server.ts'
import postgres from 'postgres'
import t from 'tap'
import { ensureDatabase } from '../../src/database/ensure-database.ts'

/** Runs the statements on a connection of their own and returns the rows of the last. */
async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = await sql.unsafe(statement)
    return [...rows]
  } finally {
    await sql.end({ timeout: 1 })
  }
}

t.test('a database belongs to its own role, which no other service may use', async (t) => {
  const server = await startTestServer(t)
  const crm = await ensureDatabase(server.url(), { database: 'crm_db', owner: 'crm', password: `it's "odd" @/\\%` })
  const user = await ensureDatabase(server.url(), { database: 'user_db', owner: 'user', password: 'other' })

  await t.test('the owner makes tables and the search extensions', async (t) => {
    await query(crm, 'create table leads (id int)', 'create extension pg_trgm', 'create extension unaccent')
    t.same(await query(crm, 'select current_user as role'), [{ role: 'crm' }])
  })
  await t.test('the role of another database may not connect', async (t) => {
    const foreign = new URL(user)
    foreign.pathname = 'crm_db'
    await t.rejects(query(foreign.href, 'select 1'), { code: '42501' })
  })
  await t.test('the role may make neither databases nor roles', async (t) => {
    await t.rejects(query(crm, 'create database more'), { code: '42501' })
    await t.rejects(query(crm, 'create role more'), { code: '42501' })
  })
  await t.test('doing it again keeps the data and takes the new password', async (t) => {
    await query(crm, 'insert into leads values (1)')
    const again = await ensureDatabase(server.url(), { database: 'crm_db', owner: 'crm', password: 'new' })
    t.same(await query(again, 'select id from leads'), [{ id: 1 }])
    await t.rejects(query(crm, 'select 1'), { code: '28P01' })
  })
  await t.test('done at once by several, it succeeds for all', async (t) => {
    const options = { database: 'audit_db', owner: 'audit', password: 'secret' }
    const urls = await Promise.all(Array.from({ length: 5 }, () => ensureDatabase(server.url(), options)))
    t.equal(new Set(urls).size, 1)
    t.same(await query(urls[0] ?? '', 'select current_user as role'), [{ role: 'audit' }])
  })
})
