import { Type } from '@sinclair/typebox'
import t from 'tap'
import { errorHandler } from '../../src/errors/error-handler.ts'
import { Text } from '../../src/http/schemas.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { encodeCursor } from '../../src/paging/cursor.ts'
import { listQuery } from '../../src/paging/list-query.ts'

const app = createHttpServer({ logger: createLogger({ name: 'test', level: 'silent' }) })
t.teardown(() => app.close())
await app.register(errorHandler)
const querystring = listQuery(['createdAt', '-createdAt', 'name', '-name'], { q: Type.Optional(Text({ minLength: 3, maxLength: 100 })) })
app.get('/things', { schema: { querystring } }, async (request) => request.query)

t.test('what is left out has its default', async (t) => {
  t.strictSame((await app.inject('/things')).json(), { limit: 50, orderBy: '-createdAt' })
})

t.test('parameters come as the types they have', async (t) => {
  const response = await app.inject('/things?limit=500&offset=10000&includeTotal=true&orderBy=-name&q=%20ada%20')
  t.strictSame(response.json(), { limit: 500, offset: 10_000, includeTotal: true, orderBy: '-name', q: 'ada' })
})

const refused: [string, string][] = [
  ['limit=0', '/query/limit'],
  ['limit=501', '/query/limit'],
  ['limit=-1', '/query/limit'],
  ['limit=1.5', '/query/limit'],
  ['limit=ten', '/query/limit'],
  ['limit=', '/query/limit'],
  ['limit=5&limit=6', '/query/limit'],
  ['offset=-1', '/query/offset'],
  ['offset=10001', '/query/offset'],
  ['cursor=', '/query/cursor'],
  ['includeTotal=yes', '/query/includeTotal'],
  ['orderBy=email', '/query/orderBy'],
  ['orderBy=%2Bname', '/query/orderBy'],
  ['q=ab%20', '/query/q'],
  ['page=2', '/query/page'],
]
for (const [query, pointer] of refused) {
  t.test(`?${query} is refused at ${pointer}`, async (t) => {
    const response = await app.inject(`/things?${query}`)
    t.equal(response.statusCode, 400)
    t.match(response.json(), { code: 'validation_failed', errors: [{ pointer }] })
  })
}

t.test('the longest cursor that can be given out is taken back', async (t) => {
  const position = { key: '\u0001'.repeat(255), id: '01980000-0000-7000-8000-000000000001' }
  const cursor = encodeCursor(position, { orderBy: 'name', filters: {}, callerId: 'caller' })
  const response = await app.inject({ path: '/things', query: { cursor } })
  t.equal(response.statusCode, 200)
  t.equal(response.json().cursor, cursor)
})
