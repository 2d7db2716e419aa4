import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { isolatedEnvironment, startAllInOne } from '../../../packages/testing/src/all-in-one.ts'
import { createTestDatabase, migrationsFolder } from '../../../packages/testing/src/database.ts'
import { startProcess } from '../../../packages/testing/src/processes.ts'
import { root } from '../../steps.ts'
import { giveUp, message, openTestBus } from './given-up.ts'

const script = [join(root, 'scripts/run.mjs'), join(root, 'scripts/dlq.ts')]
const noBus = { KAFKA_BROKERS: undefined, BUS_DATABASE_URL: undefined, BUS_DATABASE_URL_FILE: undefined, DATA_DIR: undefined }

async function dlq(env: Record<string, string>, ...args: string[]) {
  const child = await startProcess(t, { command: process.execPath, args: [...script, ...args], env: { ...noBus, ...env } })
  const { code } = await child.exited
  return { code, stdout: child.stdout(), stderr: child.stderr() }
}

t.test('the process ends by itself with the output and the exit code of its command', async (t) => {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('bus_db') })
  t.same(await dlq({ BUS_DATABASE_URL: url }, 'list'), { code: 0, stdout: 'No dead letters.\n', stderr: '' })
  t.match(await dlq({ BUS_DATABASE_URL: url }, 'show', '0123'), {
    code: 1,
    stdout: '',
    stderr: /^pnpm dlq: there is no dead letter 0123\n$/,
  })
  t.match(await dlq({}, 'replay'), { code: 2, stdout: '', stderr: /^pnpm dlq: say which: [^\n]*\n$/ })
})

t.test('a reader that has seen enough ends it without a word', async (t) => {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('bus_db') })
  await giveUp(openTestBus(t, { databaseUrl: url }), 'a.group', [message('a.topic', 'one')])
  const { KAFKA_BROKERS: _, ...env } = process.env
  const child = spawn(process.execPath, [...script, 'list'], { env: { ...env, BUS_DATABASE_URL: url }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdout.destroy()
  const [code] = await once(child, 'close')
  t.same([code, stderr], [141, ''])
})

t.test('with nothing configured, the system that runs on the data folder is meant', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const env = { DATA_DIR: system.dataDir }
  t.same(await dlq(env, 'list'), { code: 0, stdout: 'No dead letters.\n', stderr: '' })
  const { host, port, user, pass } = (await system.database('bus_db')).options
  const bus = openTestBus(t, { databaseUrl: `postgres://${user}:${pass}@${host[0]}:${port[0]}/bus_db` })
  await giveUp(bus, 'a.group', [message('a.topic', 'one')])
  t.match(await dlq(env, 'replay', '--all'), { code: 0, stdout: /replayed 1 dead letter\n$/, stderr: '' })
  await bus.close()
  await system.process.stop()
  t.match(await dlq(env, 'list'), { code: 1, stdout: '', stderr: /^pnpm dlq: no system runs on [^\n]*\n$/ })
})
