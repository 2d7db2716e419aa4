import { connect, createServer } from 'node:net'
import { freePort } from '@crm/testing/ports.ts'
import t from 'tap'
import { loadAllInOneConfig } from '../src/config.ts'
import { assertAddressesUsable, serviceAddresses } from '../src/service-addresses.ts'

const development = { NODE_ENV: 'development' } as const
const addressesOf = (env: NodeJS.ProcessEnv) => Object.values(serviceAddresses(loadAllInOneConfig(env)))

t.test('each address comes from its variable; a URL without a port means 80', async (t) => {
  const env = {
    GATEWAY_URL: 'http://127.0.0.1:8103',
    USER_SERVICE_URL: 'http://localhost',
    CRM_SERVICE_URL: 'http://[::1]:8101',
    ADMIN_PORT: '8102',
  }
  t.strictSame(addressesOf(env), [
    { host: '127.0.0.1', port: 8103, variable: 'GATEWAY_URL' },
    { host: 'localhost', port: 80, variable: 'USER_SERVICE_URL' },
    { host: '::1', port: 8101, variable: 'CRM_SERVICE_URL' },
    { host: '127.0.0.1', port: 8102, variable: 'ADMIN_PORT' },
  ])
})

t.test('a gateway that others can reach is refused while it has sample users, whose passwords everybody knows', async (t) => {
  for (const GATEWAY_URL of ['http://0.0.0.0:4000', 'http://192.168.1.7:4000', 'http://[::]:4000']) {
    t.throws(() => loadAllInOneConfig({ GATEWAY_URL }), { message: /GATEWAY_URL beyond loopback wants SEED_SAMPLE_DATA=false/ })
    t.equal(loadAllInOneConfig({ GATEWAY_URL, SEED_SAMPLE_DATA: 'false' }).GATEWAY_URL, GATEWAY_URL)
  }
  for (const GATEWAY_URL of ['http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000']) loadAllInOneConfig({ GATEWAY_URL })
})

t.test('free addresses are free again after the check', async (t) => {
  const address = { host: '127.0.0.1', port: await freePort(), variable: 'ADMIN_PORT' }
  await assertAddressesUsable([address], development)
  await assertAddressesUsable([address], development)
  t.pass('the first check let go')
})

t.test('whoever connects while the addresses are tried is turned away, and does not hold up the start', async (t) => {
  // Looking a name up takes a moment, in which the port before it is listened on.
  const [first, second] = [await freePort(), await freePort()]
  const addresses = [
    { host: '127.0.0.1', port: first, variable: 'GATEWAY_URL' },
    { host: 'localhost', port: second, variable: 'ADMIN_PORT' },
  ]
  const tried = assertAddressesUsable(addresses, development)
  const client = connect({ host: '127.0.0.1', port: first })
  t.teardown(() => client.destroy())
  // By an end or a reset.
  client.on('error', () => {})
  await new Promise((resolve) => client.once('close', resolve))
  await tried
  t.pass('the check ends although the client never does')
})

t.test('an address that cannot be used is refused with its variable', async (t) => {
  const port = await freePort()
  const squatter = createServer().listen(port, '127.0.0.1')
  t.teardown(() => squatter.close())
  const free = await freePort()
  for (const [addresses, message] of [
    [[{ host: '127.0.0.1', port, variable: 'CRM_SERVICE_URL' }], `port ${port} on 127.0.0.1 is already in use (set CRM_SERVICE_URL`],
    [['USER_SERVICE_URL', 'ADMIN_PORT'].map((variable) => ({ host: '127.0.0.1', port: free, variable })), '(set ADMIN_PORT to another)'],
    [[{ host: '0.0.0.0', port: free, variable: 'CRM_SERVICE_URL' }], 'refused on HOST=0.0.0.0'],
  ] as const) {
    await t.rejects(assertAddressesUsable(addresses, development), { message })
  }
  await assertAddressesUsable([{ host: '127.0.0.1', port: free, variable: 'ADMIN_PORT' }], development)
})

t.test('the gateway, which believes no header, may be reached from elsewhere', async (t) => {
  await assertAddressesUsable([{ host: '0.0.0.0', port: await freePort(), variable: 'GATEWAY_URL' }], development)
  t.pass('no complaint')
})
