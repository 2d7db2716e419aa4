import t, { type Test } from 'tap'
import { createHttpServer } from '../../src/http/server.ts'
import { createLogger } from '../../src/logging/logger.ts'

const forwarded = {
  host: 'service.internal:8001',
  'x-forwarded-for': '203.0.113.7, 10.0.0.9',
  'x-forwarded-host': 'crm.example.com',
  'x-forwarded-proto': 'https',
}

/** What the server takes for the client's address, host and protocol when `remoteAddress` connects. */
async function seen(t: Test, remoteAddress: string, trustProxy?: string) {
  const logger = createLogger({ name: 'test', level: 'silent' })
  const app = createHttpServer({ logger, ...(trustProxy !== undefined && { trustProxy }) })
  t.teardown(() => app.close())
  app.get('/seen', async ({ ip, host, protocol }) => ({ ip, host, protocol }))
  return (await app.inject({ url: '/seen', remoteAddress, headers: forwarded })).json()
}

const itself = (ip: string) => ({ ip, host: 'service.internal:8001', protocol: 'http' })

t.test('nobody is believed by default: the client is who connects', async (t) => {
  t.strictSame(await seen(t, '10.0.0.2'), itself('10.0.0.2'))
  t.strictSame(await seen(t, '10.0.0.2', ''), itself('10.0.0.2'))
})

t.test('a trusted proxy says who the client is: the first address from the right that is no proxy', async (t) => {
  t.strictSame(await seen(t, '10.0.0.2', '10.0.0.0/8'), { ip: '203.0.113.7', host: 'crm.example.com', protocol: 'https' })
  t.strictSame(await seen(t, '10.0.0.2', '::1, 10.0.0.2'), { ip: '10.0.0.9', host: 'crm.example.com', protocol: 'https' })
})

t.test('a proxy that is not among the trusted is a client as any other', async (t) => {
  t.strictSame(await seen(t, '192.0.2.1', '10.0.0.0/8'), itself('192.0.2.1'))
})
