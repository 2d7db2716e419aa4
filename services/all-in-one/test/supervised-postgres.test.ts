import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { maxRestarts } from '../src/restart-policy.ts'
import { type SupervisedPostgres, supervisePostgres } from '../src/supervised-postgres.ts'

async function start(t: Test) {
  const dir = await mkdtemp(join(tmpdir(), 'crm-supervised-'))
  const lines: string[] = []
  const logger = createLogger({ name: 'test', level: 'error', destination: { write: (line) => void lines.push(line) } })
  const server = await supervisePostgres({ dir, port: await freePort(), logger })
  t.teardown(async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  })
  const pid = async () => Number((await readFile(join(dir, 'data/postmaster.pid'), 'utf8')).split('\n')[0])
  /** Ends the server as a crash would, and resolves when it is known to be gone. */
  const crash = async () => {
    const known = lines.length
    process.kill(await pid(), 'SIGKILL')
    await until(() => lines.length > known, { timeoutMs: 10_000, what: 'the crash is noticed' })
  }
  return { dir, server, lines, crash, pid }
}

const answers = async (server: SupervisedPostgres) => {
  const sql = postgres(server.url(), { max: 1, connect_timeout: 2, onnotice: () => {} })
  return await sql`select 1`.then(() => true).finally(() => sql.end({ timeout: 1 }))
}

t.test('a server that crashes is started again where it was, but not without end', async (t) => {
  const { server, lines, crash } = await start(t)
  const url = server.url()
  for (let restart = 0; restart < maxRestarts; restart++) {
    await crash()
    await until(() => answers(server), { timeoutMs: 20_000, what: `it is back after crash ${restart + 1}` })
  }
  t.equal(server.url(), url)
  await crash()
  const error = await server.lost
  t.match(error.message, /PostgreSQL was started again \d+ times within 60 s and does not stay up/)
  await server.stop()
  t.match(lines.join(''), 'ended unexpectedly and is started again')
})

t.test('a server whose data is damaged is lost at once, and stopping it is no error', async (t) => {
  const { dir, server, crash } = await start(t)
  await truncate(join(dir, 'data/global/pg_control'), 0)
  await crash()
  t.match((await server.lost).message, /is damaged \(global\/pg_control/)
  await server.stop()
})

t.test('a port that is taken while the server is away is waited for', async (t) => {
  const { server, lines, crash } = await start(t)
  await crash()
  const squatter = createServer().listen(server.port, '127.0.0.1')
  await until(() => lines.some((line) => line.includes('could not be started again')), { timeoutMs: 10_000, what: 'a restart failed' })
  squatter.close()
  await until(() => answers(server), { timeoutMs: 20_000, what: 'it is back' })
  t.match(lines.join(''), `Port ${server.port} on 127.0.0.1 is taken`)
})

t.test('stopped while it waits to be started again, it stays down', async (t) => {
  const { server, crash, dir } = await start(t)
  await crash()
  await server.stop()
  await t.rejects(answers(server))
  t.match(await Promise.race([server.lost, Promise.resolve('not lost')]), 'not lost')
  const again = await supervisePostgres({ dir, port: server.port, logger: createLogger({ name: 'test', level: 'silent' }) })
  t.ok(await answers(again), 'the next start works')
  await again.stop()
})

t.test('a first port that cannot be had is refused with its variable', async (t) => {
  const logger = createLogger({ name: 'test', level: 'silent' })
  await t.rejects(supervisePostgres({ dir: join(t.testdir(), 'postgres'), port: 40_000, logger }), {
    name: 'StartError',
    message: /No free port .* \(set POSTGRES_PORT to another\)/,
  })
})
