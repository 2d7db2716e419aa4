import { statSync } from 'node:fs'
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { findProcess } from '../src/process-table.ts'
import { startPostgres } from '../src/start-postgres.ts'
import { query, somePort, start, temporaryFolder } from './temporary-folder.ts'

const rootOnly = process.getuid?.() === 0 ? {} : { skip: 'needs root' }

t.test('data is kept from one start to the next', async (t) => {
  const dir = join(await temporaryFolder(t), 'made', 'on demand')
  const cold = await start(t, { dir })
  await query(cold.url(), 'create table kept (note text)', `insert into kept values ('still here')`)
  await cold.stop()
  t.same(await cold.exited, { code: 0, signal: null })
  t.equal(findProcess(cold.pid), undefined)

  const warm = await start(t, { dir })
  t.same(await query(warm.url(), 'select note from kept'), [{ note: 'still here' }])
})

t.test('a start that is aborted while it makes its data ends then, leaves nothing of it, and the next start makes it anew', async (t) => {
  const dir = await temporaryFolder(t)
  const abort = new AbortController()
  const starting = startPostgres({ dir, port: await somePort(), signal: abort.signal })
  starting.catch(() => {})
  const drafts = async () => (await readdir(dir)).filter((name) => name.startsWith('.initdb-'))
  while ((await drafts()).length === 0) await sleep(1)
  abort.abort()
  await t.rejects(starting, { name: 'AbortError' })
  t.same(await readdir(dir), ['password'])
  const server = await start(t, { dir })
  t.same(await query(server.url(), 'select 1 as one'), [{ one: 1 }])
})

t.test('text is UTF-8, sorts alike on every host, and Unicode collation and the search extensions are there', async (t) => {
  const server = await start(t, { dir: await temporaryFolder(t) })
  const [row] = await query(
    server.url(),
    'create extension pg_trgm',
    'create extension unaccent',
    `select current_setting('server_encoding') as encoding, datlocprovider as provider, datlocale as locale,
       'a' < 'B' collate "unicode" as unicode_order, lower('É') as lowered, unaccent('Hôtel') as plain, similarity('lead', 'lead') as alike
     from pg_database where datname = current_database()`,
  )
  const expected = { encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', unicode_order: true, lowered: 'é', plain: 'Hotel', alike: 1 }
  t.same(row, expected)
})

t.test('only those who know the password get in, and the file with it is ours alone', async (t) => {
  const dir = await temporaryFolder(t)
  const server = await start(t, { dir })
  const stranger = new URL(server.url())
  stranger.password = 'postgres'
  await t.rejects(query(stranger.href, 'select 1'), { code: '28P01' })
  t.equal((await stat(join(dir, 'password'))).mode & 0o777, 0o600)
})

t.test('settings replace ours and the log is handed over line by line', async (t) => {
  const lines: string[] = []
  const server = await start(t, { dir: await temporaryFolder(t), settings: { work_mem: '9MB' }, log: (line) => lines.push(line) })
  t.same(await query(server.url(), 'show work_mem'), [{ work_mem: '9MB' }])
  t.match(lines.join('\n'), /ready to accept connections/)
})

t.test('a wrong setting is named in the error', async (t) => {
  const starting = startPostgres({ dir: await temporaryFolder(t), port: await somePort(), settings: { no_such_setting: '1' } })
  await t.rejects(starting, { reason: 'failed', message: /no_such_setting/ })
})

t.test('a taken port is reported before any data is made', async (t) => {
  const dir = await temporaryFolder(t)
  const listener = createServer()
  const port = await somePort()
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
  t.teardown(() => listener.close())
  await t.rejects(startPostgres({ dir, port }), { reason: 'port-taken', message: new RegExp(`Port ${port} .* taken`) })
  t.throws(() => statSync(join(dir, 'data')), { code: 'ENOENT' })
})

t.test('a second start on the same folder is refused and the first goes on', async (t) => {
  const dir = await temporaryFolder(t)
  const first = await start(t, { dir })
  await t.rejects(startPostgres({ dir, port: await somePort() }), { reason: 'data-in-use', message: new RegExp(String(first.pid)) })
  t.same(await query(first.url(), 'select 1 as one'), [{ one: 1 }])
})

t.test('of two first starts at once on one folder, one gets the data and the other is refused', async (t) => {
  const dir = await temporaryFolder(t)
  const ports = [await somePort(), await somePort()]
  const starts = await Promise.allSettled(ports.map((port) => start(t, { dir, port })))
  t.same(starts.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const refused = starts.find((outcome) => outcome.status === 'rejected')
  t.match(refused?.reason, { reason: 'data-in-use' })
  const winner = starts.find((outcome) => outcome.status === 'fulfilled')
  t.same(await query(winner?.value.url() ?? '', 'select 1 as one'), [{ one: 1 }])
})

t.test('as root, a server runs as nobody and under folders that only root may enter', rootOnly, async (t) => {
  const closed = join(await temporaryFolder(t), 'closed')
  await mkdir(closed, { mode: 0o700 })
  const server = await start(t, { dir: join(closed, 'postgres') })
  t.same(await query(server.url(), 'select 1 as one'), [{ one: 1 }])
  t.equal(statSync(`/proc/${server.pid}`).uid, 65_534)
})

t.test('data that was moved starts in its new place', async (t) => {
  const folder = await temporaryFolder(t)
  const before = await start(t, { dir: join(folder, 'before') })
  await before.stop()
  await rename(join(folder, 'before'), join(folder, 'after'))
  const after = await start(t, { dir: join(folder, 'after') })
  t.same(await query(after.url(), 'select 1 as one'), [{ one: 1 }])
})

t.test('a folder that cannot be made is named in the error', async (t) => {
  const file = join(await temporaryFolder(t), 'file')
  await writeFile(file, '')
  await t.rejects(startPostgres({ dir: join(file, 'postgres'), port: await somePort() }), { reason: 'failed', message: /file\/postgres/ })
})
