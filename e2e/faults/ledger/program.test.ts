import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { freePort } from '@crm/testing/ports.ts'
import { endingWithUs, startProcess, type Teardown } from '@crm/testing/processes.ts'
import { nodeOptions } from '@crm/testing/service-processes.ts'
import t from 'tap'
import { openBus } from '../../../packages/events/src/bus/open-bus.ts'
import { createLogger } from '../../../packages/service-kit/src/logging/logger.ts'
import type { LedgerBus, LedgerSettings } from './settings.ts'

async function startProgram(t: Teardown, bus: LedgerBus, port: number) {
  const { url: databaseUrl } = await createTestDatabase(t, { tables: {} })
  const LEDGER = JSON.stringify({
    ...bus,
    group: 'ledger.note-events',
    types: ['lead.created'],
    databaseUrl,
    port,
  } satisfies LedgerSettings)
  const args = [join(import.meta.dirname, 'program.ts')]
  return await startProcess(t, endingWithUs({ command: process.execPath, args, env: { NODE_OPTIONS: nodeOptions, LEDGER } }))
}

async function listen(t: Teardown): Promise<{ server: Server; port: number }> {
  const port = await freePort()
  const server = createServer((socket) => void socket.on('error', () => {})).listen(port, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return { server, port }
}

t.test('a ledger whose port is taken begins nothing', async (t) => {
  const { url: busDatabaseUrl } = await createTestDatabase(t, { migrations: migrationsFolder('bus_db') })
  const { port } = await listen(t)
  const ledger = await startProgram(t, { busDatabaseUrl }, port)
  t.strictSame(await ledger.exited, { code: 1, signal: null })
  t.match(ledger.output(), /EADDRINUSE/)
  const bus = openBus({ databaseUrl: busDatabaseUrl, logger: createLogger({ name: 'test', level: 'silent' }) })
  t.strictSame(await bus.listTopics(), [], 'not even its topics')
  await bus.close()
})

t.test('SIGTERM ends a ledger in order while it waits for a broker that says nothing', async (t) => {
  const broker = await listen(t)
  const asked = once(broker.server, 'connection')
  const ledger = await startProgram(t, { brokers: `127.0.0.1:${broker.port}` }, await freePort())
  await asked
  t.strictSame(await ledger.stop('SIGTERM'), { code: 0, signal: null })
})
