import { request } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { loopbackHostOnly } from '../../src/auth/host.ts'
import { isProblem, listen, testServer } from '../http/test-server.ts'

async function loopbackOnly(t: Test) {
  const { app } = await testServer(t)
  await app.register(loopbackHostOnly)
  app.get('/things', async () => ({}))
  return app
}

const served = ['localhost', 'LOCALHOST:8001', 'localhost:8001', '127.0.0.1', '127.0.0.1:65535', '127.1.2.3', '[::1]', '[::1]:8001']
for (const host of served) {
  t.test(`Host ${host} is served`, async (t) => {
    const response = await (await loopbackOnly(t)).inject({ url: '/things', headers: { host } })
    t.equal(response.statusCode, 200)
  })
}

const foreign = [
  'crm.example.com',
  'localhost.evil.com',
  'evil-localhost',
  'evil.com:8001',
  '127.0.0.1.evil.com',
  '127.0.0.1.evil.com:8001',
  '1270.0.0.1',
  '127.0.0',
  '10.0.0.1',
  '0.0.0.0',
  '[::2]',
  '::1',
  '[::1].evil.com',
  'localhost:80:80',
  'localhost:port',
  'user@localhost',
  'localhost, evil.com',
  'localhost/evil.com',
]
for (const host of foreign) {
  t.test(`Host ${host} is 421`, async (t) => {
    const response = await (await loopbackOnly(t)).inject({ url: '/things', headers: { host } })
    isProblem(t, response, { status: 421, code: 'misdirected_request' })
  })
}

t.test('a foreign Host is 421 on a real socket, whatever address was called', async (t) => {
  const port = await listen(await loopbackOnly(t))
  const asked = request({ host: '127.0.0.1', port, path: '/things', headers: { host: 'rebound.example.com', connection: 'close' } })
  const status = await new Promise((resolve, reject) => {
    asked.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
    asked.end()
  })
  t.equal(status, 421)
})

const unnamed: [string, string, RegExp][] = [
  ['HTTP/1.0', 'misdirected_request', /^HTTP\/1\.1 421 /],
  ['HTTP/1.1', 'malformed_request', /^HTTP\/1\.1 400 /],
]
for (const [version, code, statusLine] of unnamed) {
  t.test(`a missing Host in ${version} is ${code}`, async (t) => {
    const port = await listen(await loopbackOnly(t))
    const socket = connect({ port, host: '127.0.0.1' })
    socket.write(`GET /things ${version}\r\nConnection: close\r\n\r\n`)
    const answer = Buffer.concat(await socket.toArray()).toString()
    t.match(answer, statusLine)
    t.match(answer, `"code":"${code}"`)
  })
}
