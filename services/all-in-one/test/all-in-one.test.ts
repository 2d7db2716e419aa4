import { createServer } from 'node:net'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { freePorts } from '@crm/testing/ports.ts'
import t, { type Test } from 'tap'
import { createAllInOne } from '../src/all-in-one.ts'
import { loadAllInOneConfig } from '../src/config.ts'

/** The system on an address that is taken, and what it logs. */
async function unstartable(t: Test) {
  const [taken = 0, ...ports] = await freePorts(4)
  const squatter = createServer().listen(taken, '127.0.0.1')
  t.teardown(() => squatter.close())
  const lines: string[] = []
  const logger = createLogger({ name: 'test', level: 'warn', destination: { write: (line) => void lines.push(line) } })
  const [users, crm, admin] = ports
  const config = loadAllInOneConfig({
    DATA_DIR: t.testdir(),
    GATEWAY_URL: `http://127.0.0.1:${taken}`,
    USER_SERVICE_URL: `http://127.0.0.1:${users}`,
    CRM_SERVICE_URL: `http://127.0.0.1:${crm}`,
    ADMIN_PORT: String(admin),
  })
  return { system: createAllInOne(config, logger), lines }
}

t.test('a start that fails while it is being stopped has no more to say: whoever stopped it does not wait for it', async (t) => {
  const { system, lines } = await unstartable(t)
  const started = system.start()
  system.setDraining()
  t.equal(await started, undefined)
  await system.close()
  t.strictSame(lines, [])
})

t.test('a start that fails by itself rejects with the reason', async (t) => {
  const { system } = await unstartable(t)
  await t.rejects(system.start(), { message: /is already in use \(set GATEWAY_URL to another\)/ })
})
