import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { createServiceClient } from '../../src/http-client/service-client.ts'
import { createLogger } from '../../src/logging/logger.ts'

// In a thread of its own, so that it answers while this one is busy.
const answering = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:http').createServer((request, response) => {
    response.setHeader('content-type', 'application/json').end('{"answered":true}')
    parentPort.postMessage(request.url)
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

t.test('an answer that came in time is taken, though its reader was busy until after the deadline', async (t) => {
  const service = new Worker(answering, { eval: true })
  t.teardown(() => service.terminate())
  const [port] = await once(service, 'message')
  const deadlineMs = 5_000
  const logger = createLogger({ name: 'test', level: 'silent' })
  const client = createServiceClient({ name: 'a service', baseUrl: `http://127.0.0.1:${port}`, deadlineMs, logger })
  t.teardown(() => client.close())
  t.equal((await client.request({ method: 'GET', path: '/first' })).status, 200)

  const answered = new Promise<void>((resolve) => {
    // The word of the first may come later than its answer.
    service.on('message', (path) => path === '/second' && resolve())
  })
  const asked = client.request({ method: 'GET', path: '/second' })
  await answered
  for (const end = performance.now() + deadlineMs + 100; performance.now() < end; );
  t.strictSame((await asked).body, { answered: true })
})
