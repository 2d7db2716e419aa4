import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { createServiceClient } from '../packages/service-kit/src/http-client/service-client.ts'
import { createLogger } from '../packages/service-kit/src/logging/logger.ts'
import { complaintsIn } from './complaints.ts'

/** A logger as the product's processes have, and what it has written. */
function openLog() {
  let text = ''
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  })
  return { logger: createLogger({ name: 'crm-service', level: 'info', destination }), output: () => text }
}

/** What a service logs and answers that asks six times where nobody answers. */
async function askInVain(t: Test, port: number): Promise<string> {
  const { logger, output } = openLog()
  const client = createServiceClient({ name: 'user-service', baseUrl: `http://127.0.0.1:${port}`, deadlineMs: 200, logger })
  for (let question = 0; question < 6; question++) {
    const error: Error = await client.request({ method: 'GET', path: '/' }).then(
      () => new Error('answered'),
      (error) => error,
    )
    logger.error({ err: error.cause, code: 'dependency_unavailable' }, 'request failed')
  }
  await client.close()
  t.equal(output().split('"request failed"').length, 7)
  t.match(output(), 'the circuit is open')
  return output()
}

t.test('that another was late is no complaint; that nobody was there, and all else above info, is', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  t.strictSame(complaintsIn(await askInVain(t, port)), [])
  silent.close()
  t.match(complaintsIn(await askInVain(t, 1)), ['user-service gave no answer', 'request failed'])

  const { logger, output } = openLog()
  const relay = 'outbox relay failed while marking events as sent; it retries until it works'
  logger.info('started')
  logger.warn({ err: new Error('canceling statement due to statement timeout') }, relay)
  t.strictSame(complaintsIn(output()), [])
  logger.warn({ err: new Error('permission denied for table outbox') }, relay)
  logger.error({ err: new Error('no whole answer within 800 ms'), code: 'internal_error' }, 'request failed')
  logger.warn('an offset cannot be committed; its partition waits until it can')
  t.strictSame(complaintsIn(`${output()}(node:1) Warning: said outside the log\n`), [
    relay,
    'request failed',
    'an offset cannot be committed; its partition waits until it can',
    '(node:1) Warning: said outside the log',
  ])
})
