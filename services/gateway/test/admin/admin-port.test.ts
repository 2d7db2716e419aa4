import { freePort } from '@crm/testing/ports.ts'
import t from 'tap'
import { sendTo, startGateway } from '../start-gateway.ts'

t.test('metrics are served at the admin port, and are not there for the world', async (t) => {
  const port = await freePort()
  const { authorized, send, problem } = await startGateway(t, { env: { ADMIN_PORT: String(port) } })
  t.equal((await send('/v1/things/1', { headers: authorized })).status, 200)
  const { status, headers, text } = await sendTo(`http://127.0.0.1:${port}`, '/metrics')
  t.match({ status, headers }, { status: 200, headers: { 'content-type': /^text\/plain/, 'cache-control': 'no-store' } })
  t.match(text, 'http_request_duration_seconds_count{method="GET",route="/v1/things/:thingId",status="200"} 1')
  t.match(await problem('/metrics'), { status: 404, code: 'not_found', detail: 'There is no GET /metrics.' })
  t.equal((await send('/metrics', { method: 'HEAD' })).status, 404)
})

t.test('without an admin port there are none', async (t) => {
  const { problem } = await startGateway(t)
  t.match(await problem('/metrics'), { status: 404, code: 'not_found' })
})

t.test('the admin port answers probes, counts nobody and has nothing else', async (t) => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { ADMIN_PORT: String(port), RATE_LIMIT_PER_ADDRESS: '1', RATE_LIMIT_UNAUTHENTICATED: '1' }
  const { app, things, authorized } = await startGateway(t, { env })
  for (const path of ['/live', '/ready', '/health', '/metrics', '/metrics']) t.equal((await sendTo(url, path)).status, 200, path)
  for (const path of ['/v1/things', '/.well-known/jwks.json', '/docs/', '/openapi.json']) {
    t.equal((await sendTo(url, path, { headers: authorized })).status, 404, path)
  }
  t.equal(things.received.length, 0)
  app.setDraining()
  t.equal((await sendTo(url, '/ready')).status, 503)
  await app.close()
  await t.rejects(sendTo(url, '/live'), { code: 'ECONNREFUSED' }, 'it is closed with the gateway')
})

t.test('a gateway whose admin port is taken does not start, and says which variable to change', async (t) => {
  const port = await freePort()
  const env = { ADMIN_PORT: String(port) }
  await startGateway(t, { env })
  await t.rejects(startGateway(t, { env }), {
    name: 'StartError',
    message: `port ${port} on 127.0.0.1 is already in use (set ADMIN_PORT to another)`,
  })
})
