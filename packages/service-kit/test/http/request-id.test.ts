import t, { type Test } from 'tap'
import { testServer } from './test-server.ts'

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

async function things(t: Test) {
  const server = await testServer(t)
  server.app.get('/things', async (request) => ({ id: request.id }))
  server.app.get('/broken', async () => {
    throw new Error('a secret of the inside')
  })
  return server
}

t.test('a safe x-request-id is taken, seen by the route and returned', async (t) => {
  const { app } = await things(t)
  for (const id of ['r-1', 'a'.repeat(128), '00-4bf92f.3577:b34_x']) {
    const response = await app.inject({ url: '/things', headers: { 'x-request-id': id } })
    t.equal(response.headers['x-request-id'], id)
    t.strictSame(response.json(), { id })
  }
})

t.test('without one, or with an unsafe one, a new one is made', async (t) => {
  const { app } = await things(t)
  const seen = new Set<unknown>()
  for (const id of [undefined, '', 'a'.repeat(129), 'a b', 'a"b', 'é']) {
    const response = await app.inject({ url: '/things', headers: id === undefined ? {} : { 'x-request-id': id } })
    t.match(response.headers['x-request-id'], uuidV7)
    seen.add(response.headers['x-request-id'])
  }
  t.equal(seen.size, 6)
})

t.test('errors of every kind return it, in the header and in the problem', async (t) => {
  const { app } = await things(t)
  for (const url of ['/broken', '/nowhere', '/things/%zz']) {
    const response = await app.inject({ url, headers: { 'x-request-id': 'r-1' } })
    t.ok(response.statusCode >= 400, url)
    t.equal(response.headers['x-request-id'], 'r-1', url)
    t.equal(response.json().requestId, 'r-1', url)
  }
})

t.test('the log names it for every request, with method, route and status', async (t) => {
  const { app, logs } = await things(t)
  await app.inject({ url: '/things?q=secret', headers: { 'x-request-id': 'r-1' } })
  t.match(logs(), [{ msg: 'request', requestId: 'r-1', method: 'GET', route: '/things', status: 200, ms: Number }])
  t.notMatch(JSON.stringify(logs()), 'secret')
})
