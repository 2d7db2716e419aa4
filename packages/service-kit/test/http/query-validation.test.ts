import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { OneOf, Text, Uuid } from '../../src/http/schemas.ts'
import { isProblem, testServer } from './test-server.ts'

const querystring = Type.Object(
  {
    q: Type.Optional(Text({ minLength: 3, maxLength: 10 })),
    count: Type.Optional(Type.Integer()),
    all: Type.Optional(Type.Boolean()),
    companyId: Type.Optional(Uuid()),
    status: Type.Optional(OneOf(['NEW', 'OLD'])),
  },
  { additionalProperties: false },
)
const params = Type.Object({ id: Uuid() })

async function things(t: Test) {
  const { app } = await testServer(t)
  app.get('/things', { schema: { querystring } }, async (request) => request.query)
  app.get('/things/:id', { schema: { params } }, async (request) => request.params)
  return app
}

const id = '01980000-0000-7000-8000-00000000ABCD'
const taken: [string, string, unknown][] = [
  ['count=5', 'numbers are read', { count: 5 }],
  ['all=true', 'true is read', { all: true }],
  ['all=false', 'false is read', { all: false }],
  ['q=%20ada%20', 'text is trimmed', { q: 'ada' }],
  ['q=ada+l', 'a plus is a space', { q: 'ada l' }],
  ['q=100%25', 'a percent sign that is encoded is one', { q: '100%' }],
  ['q=Zoe%CC%88', 'text is brought to NFC', { q: 'Zo\u00eb' }],
  [`companyId=${id}`, 'a UUID is lowercased', { companyId: id.toLowerCase() }],
]
for (const [query, what, kept] of taken) {
  t.test(`in a query, ${what}`, async (t) => {
    const response = await (await things(t)).inject(`/things?${query}`)
    t.equal(response.statusCode, 200, response.body)
    t.strictSame(response.json(), kept)
  })
}

const refused: [string, string, RegExp][] = [
  ['other=1', '/query/other', /not a known parameter/],
  ['__proto__=1', '/query/__proto__', /not a known parameter/],
  ['Q=ada', '/query/Q', /not a known parameter/],
  ['count=five', '/query/count', /integer/],
  ['count=', '/query/count', /integer/],
  ['all=1', '/query/all', /boolean/],
  ['q=ada&q=eva', '/query/q', /string/],
  ['count=1&count=2', '/query/count', /integer/],
  ['status=NEW&status=OLD', '/query/status', /string|one of/],
  [`companyId=${id}&companyId=${id}`, '/query/companyId', /string/],
  ['q=%20a%20', '/query/q', /fewer than 3/],
  ['q=ada%00', '/query/q', /NUL/],
  ['q=%ED%A0%80abc', '/query', /UTF-8/],
  ['q=%zzabc', '/query', /UTF-8/],
  ['companyId=me', '/query/companyId', /uuid/],
]
for (const [query, pointer, message] of refused) {
  t.test(`?${query} is refused at ${pointer}`, async (t) => {
    const response = await (await things(t)).inject(`/things?${query}`)
    isProblem(t, response, { status: 400, code: 'validation_failed', errors: [{ pointer, message }] })
  })
}

t.test('every wrong parameter is named at once', async (t) => {
  const { errors } = (await (await things(t)).inject('/things?count=x&all=y&other=z')).json()
  t.strictSame(errors.map((error: { pointer: string }) => error.pointer).sort(), ['/query/all', '/query/count', '/query/other'])
})

t.test('an operation that declares no parameters takes none', async (t) => {
  const response = await (await things(t)).inject(`/things/${id}?expand=company`)
  isProblem(t, response, {
    status: 400,
    code: 'validation_failed',
    errors: [{ pointer: '/query/expand', message: 'is not a known parameter' }],
  })
})

t.test('an id in a path is lowercased, and refused at its place when it is none', async (t) => {
  const app = await things(t)
  t.strictSame((await app.inject(`/things/${id}`)).json(), { id: id.toLowerCase() })
  for (const other of ['me', `urn:uuid:${id}`, '%00']) {
    isProblem(t, await app.inject(`/things/${other}`), { status: 400, code: 'validation_failed', errors: [{ pointer: '/path/id' }] })
  }
})

t.test('a path that cannot be decoded or is longer than any id is a problem as any other', async (t) => {
  const app = await things(t)
  for (const path of ['/things/%zz', '/things/%ED%A0%80', `/things/${'a'.repeat(300)}`]) {
    isProblem(t, await app.inject(path), { status: 400, code: 'validation_failed' })
  }
})
