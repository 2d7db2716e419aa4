import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { isolatedEnvironment, startAllInOne, startCommand } from '@crm/testing/all-in-one.ts'
import { startProcess } from '@crm/testing/processes.ts'
import t, { type Test } from 'tap'
import { clientOf } from '../client.ts'
import { leftovers } from './processes.ts'

/** What a start that cannot succeed prints on standard error. */
async function failedStart(t: Test, env: Record<string, string>): Promise<string> {
  const process = await startProcess(t, { ...startCommand, env })
  const { code } = await process.exited
  t.equal(code, 1, 'exits with 1')
  const lines = process.stderr().trim().split('\n')
  t.equal(lines.length, 1, `one line on standard error: ${process.stderr()}`)
  return lines[0] ?? ''
}

t.test('wrong variables stop the start with one line that names each', async (t) => {
  const env = { ...(await isolatedEnvironment(t)), ADMIN_PORT: '80a', CRM_SERVICE_URL: 'nowhere', LOG_LEVEL: 'loud' }
  const line = await failedStart(t, env)
  t.match(line, /all-in-one cannot start: .*CRM_SERVICE_URL must be .*ADMIN_PORT must be .*LOG_LEVEL must be /)
})

t.test('production is refused: the all-in-one believes any x-user-id', async (t) => {
  t.match(await failedStart(t, { ...(await isolatedEnvironment(t)), NODE_ENV: 'production' }), /NODE_ENV=production is refused/)
})

t.test('an address that is not loopback is refused: header mode believes any x-user-id', async (t) => {
  t.match(await failedStart(t, { ...(await isolatedEnvironment(t)), CRM_SERVICE_URL: 'http://0.0.0.0:8001' }), /0\.0\.0\.0/)
})

t.test('a taken port stops the start with one line that names the port and the variable', async (t) => {
  const env = await isolatedEnvironment(t)
  const port = Number(new URL(env.CRM_SERVICE_URL ?? '').port)
  const squatter = createServer().listen(port, '127.0.0.1')
  t.teardown(() => squatter.close())
  const line = await failedStart(t, env)
  t.match(line, `port ${port}`)
  t.match(line, 'CRM_SERVICE_URL')
  t.strictSame(await readdir(env.DATA_DIR ?? ''), [], 'nothing was begun')
})

// One data folder for the rest: only the first start has to make the data. The last test damages it.
const shared = await isolatedEnvironment(t)

t.test('a lock left by a process that is gone does not stop the start', async (t) => {
  const gone = await startProcess(t, { command: process.execPath, args: ['-e', ''] })
  await gone.exited
  const lock = join(shared.DATA_DIR ?? '', 'holder')
  await mkdir(lock)
  await writeFile(join(lock, `${gone.pid}-1.gone`), '')
  const system = await startAllInOne(t, shared)
  t.same((await clientOf(system).leads.list()).data, [])
  t.equal((await system.process.stop('SIGINT')).code, 0)
})

t.test('a second start on the same data stops with one line, and the first goes on', async (t) => {
  const system = await startAllInOne(t, shared)
  const other = await isolatedEnvironment(t)
  const line = await failedStart(t, { ...other, DATA_DIR: system.dataDir })
  t.match(line, `running already on ${system.dataDir} as process ${system.process.pid}`)
  t.same((await clientOf(system).leads.list()).data, [])
  t.equal((await system.process.stop('SIGINT')).code, 0)
})

t.test('damaged data stops the start with one line that says so, and is left as it is', async (t) => {
  const dataDir = shared.DATA_DIR ?? ''
  await truncate(join(dataDir, 'postgres/data/global/pg_control'), 0)
  t.match(await failedStart(t, shared), /is damaged \(global\/pg_control/)
  t.match(await failedStart(t, shared), /is damaged/, 'again: nothing was made over it')
  t.strictSame(await leftovers(dataDir), [])
})
