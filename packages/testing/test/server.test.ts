import postgres from 'postgres'
import t from 'tap'
import { startTestServer } from '../src/server.ts'

t.test('a server that was killed keeps its data and address when it is started again', async (t) => {
  const server = await startTestServer(t)
  await query(server.url(), 'create table kept (id int)')
  await server.kill()
  await t.rejects(query(server.url(), 'select 1'))
  await server.start()
  t.same(await query(server.url(), 'select count(*)::int as rows from kept'), [{ rows: 0 }])
})

async function query(url: string, statement: string): Promise<readonly postgres.Row[]> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
  try {
    return await sql.unsafe(statement)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
