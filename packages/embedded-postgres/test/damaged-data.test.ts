import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startPostgres } from '../src/start-postgres.ts'
import { somePort, temporaryFolder } from './temporary-folder.ts'

interface Damage {
  name: string
  /** What the error must say. */
  says: RegExp
  inflict(dir: string): Promise<unknown>
}

const damages: Damage[] = [
  { name: 'an emptied pg_control', says: /pg_control has 0 bytes/, inflict: (dir) => truncate(join(dir, 'data/global/pg_control')) },
  { name: 'a missing pg_control', says: /pg_control is missing/, inflict: (dir) => rm(join(dir, 'data/global/pg_control')) },
  {
    name: 'a pg_control of zeros',
    says: /database files are incompatible/,
    inflict: (dir) => writeFile(join(dir, 'data/global/pg_control'), Buffer.alloc(8192)),
  },
  { name: 'a missing PG_VERSION', says: /PG_VERSION is missing/, inflict: (dir) => rm(join(dir, 'data/PG_VERSION')) },
  { name: 'another major version', says: /made by PostgreSQL 17/, inflict: (dir) => writeFile(join(dir, 'data/PG_VERSION'), '17\n') },
  { name: 'a missing write-ahead log', says: /PANIC|pg_wal/, inflict: (dir) => emptyFolder(join(dir, 'data/pg_wal')) },
  { name: 'missing transaction states', says: /status of transaction/, inflict: (dir) => emptyFolder(join(dir, 'data/pg_xact')) },
  { name: 'missing tables', says: /"postgres" does not exist/, inflict: (dir) => emptyFolder(join(dir, 'data/base')) },
  { name: 'a missing system folder', says: /pg_xact is missing/, inflict: (dir) => rm(join(dir, 'data/pg_xact'), { recursive: true }) },
  { name: 'a missing password', says: /password/, inflict: (dir) => rm(join(dir, 'password')) },
  { name: 'half-made data', says: /PG_VERSION is missing/, inflict: (dir) => emptyFolder(join(dir, 'data')) },
]

t.test('damaged data is reported as such and left as it is', async (t) => {
  const sound = await temporaryFolder(t)
  await (await startPostgres({ dir: sound, port: await somePort() })).stop()
  for (const damage of damages) {
    await t.test(damage.name, async (t) => {
      const dir = await copyOf(t, sound)
      await damage.inflict(dir)
      const before = await listing(dir)
      const error = await startPostgres({ dir, port: await somePort() }).catch((reason: unknown) => reason)
      t.match(error, { name: 'PostgresStartError', reason: 'data-damaged', message: damage.says })
      t.notMatch(error, { message: /\n/ }, 'the message is one line')
      t.same(await listing(dir), before, 'no file was made or removed')
    })
  }
})

t.test('a file in the place of the data folder is reported as damaged', async (t) => {
  const dir = await temporaryFolder(t)
  await writeFile(join(dir, 'data'), '')
  await t.rejects(startPostgres({ dir, port: await somePort() }), { reason: 'data-damaged', message: /not a folder/ })
})

t.test('what a killed first start left behind does not get in the way of the next and is removed', async (t) => {
  const dir = await temporaryFolder(t)
  const noSuchProcess = 2 ** 22 + 1
  await mkdir(join(dir, `.initdb-${noSuchProcess}-abc`, 'base'), { recursive: true })
  const server = await startPostgres({ dir, port: await somePort() })
  await server.stop()
  t.same((await readdir(dir)).sort(), ['data', 'password'])
  t.match(await readFile(join(dir, 'data/PG_VERSION'), 'utf8'), /^18/)
})

async function copyOf(t: Test, dir: string): Promise<string> {
  const copy = await temporaryFolder(t)
  // The files keep their owner, which may be another user than ours.
  execFileSync('cp', ['-pR', `${dir}/.`, copy])
  return copy
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true })
}

/** What a database is made of; a server rewrites files of its own beside it at every start. */
async function listing(dir: string): Promise<string[]> {
  const names = await readdir(dir, { recursive: true })
  return names
    .filter((name) => /^(password|data|data\/[^/]+|data\/(base|global|pg_xact)\/.*)$/.test(name) && !/postmaster|pg_internal/.test(name))
    .sort()
}
