import { connect } from 'node:net'
import { startProcess } from '@crm/testing/processes.ts'
import t, { type Test } from 'tap'
import { createServiceClient } from '../../src/http-client/service-client.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { rejectsAtDeadline } from './unavailable.ts'

// Listens, then stands still: the kernel completes a few connections and drops the rest unanswered, as a dead host would.
const frozenListener = `
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, 'port ' + server.address().port + '\\n')
    process.kill(process.pid, 'SIGSTOP')
  })`

async function startUnconnectable(t: Test): Promise<number> {
  const listener = await startProcess(t, { command: process.execPath, args: ['-e', frozenListener], ready: /port \d+/ })
  const port = Number(/port (\d+)/.exec(listener.stdout())?.[1])
  for (let i = 0; i < 20; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.teardown(() => socket.destroy())
    const isConnected = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true))
      setTimeout(resolve, 1_000, false)
    })
    if (!isConnected) return port
  }
  throw new Error('every connection was accepted')
}

t.test('a dependency that does not even take the connection is unavailable within a second, as often as it is asked', async (t) => {
  const port = await startUnconnectable(t)
  const logger = createLogger({ name: 'test', level: 'silent' })
  const client = createServiceClient({ name: 'user-service', baseUrl: `http://127.0.0.1:${port}`, deadlineMs: 500, logger })
  t.teardown(() => client.close())
  for (let i = 0; i < 3; i++) {
    await rejectsAtDeadline(t, () => client.request({ method: 'GET', path: '/' }), { deadlineMs: 500, limitMs: 900 })
  }
})
