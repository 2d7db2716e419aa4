import t from 'tap'
import { readDocument } from '../../src/documents/read-document.ts'
import { startGateway } from '../start-gateway.ts'

t.test('/openapi.json is the public API as it was generated, at this very address', async (t) => {
  const { send } = await startGateway(t)
  const { status, headers, text } = await send('/openapi.json')
  t.match({ status, headers }, { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } })
  t.strictSame(JSON.parse(text), { ...readDocument('gateway'), servers: [{ url: '/' }] })
})

t.test("Swagger UI asks for a Bearer token, and may load nothing but the gateway's own", async (t) => {
  const { send } = await startGateway(t)
  const page = await send('/docs/')
  t.match(page, { status: 200, headers: { 'content-type': /text\/html/, 'x-frame-options': 'SAMEORIGIN' } })
  const policy = String(page.headers['content-security-policy'])
  t.match(policy, /script-src 'self'(;|$)/)
  t.notMatch(policy, 'upgrade-insecure-requests')
  const scripts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path)
  t.ok(scripts.length > 3)
  for (const path of scripts) t.equal((await send(new URL(path, 'http://x/docs/').pathname)).status, 200, path)
  t.match(JSON.parse((await send('/docs/json')).text).components.securitySchemes, { accessToken: { type: 'http', scheme: 'bearer' } })
})

t.test('answers of the API may be neither run nor framed', async (t) => {
  const { send, authorized } = await startGateway(t)
  for (const path of ['/v1/things', '/v1/none', '/health']) {
    const { headers } = await send(path, { headers: authorized })
    t.match(headers, { 'content-security-policy': "default-src 'none';frame-ancestors 'none'", 'x-content-type-options': 'nosniff' }, path)
  }
})
