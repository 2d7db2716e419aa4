import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { Email, Nullable, OneOf, ref, Secret, Text, Uuid } from '../../src/http/schemas.ts'
import { isProblem, post, testServer } from './test-server.ts'

const Thing = Type.Object(
  {
    name: Type.Optional(Text({ minLength: 1, maxLength: 5 })),
    email: Type.Optional(Email()),
    phone: Type.Optional(Nullable(Text({ minLength: 1, maxLength: 5 }))),
    id: Type.Optional(Uuid()),
    ids: Type.Optional(Type.Array(Uuid(), { maxItems: 3 })),
    password: Type.Optional(Secret({ minLength: 10 })),
    status: Type.Optional(OneOf(['NEW', 'OLD'])),
    count: Type.Optional(Type.Integer()),
    isActive: Type.Optional(Type.Boolean()),
    nested: Type.Optional(Type.Object({ 'a/b~c': Text({}) }, { additionalProperties: false })),
  },
  { $id: 'Thing', additionalProperties: false },
)

async function things(t: Test) {
  const { app } = await testServer(t)
  app.addSchema(Thing)
  app.post('/things', { schema: { body: ref(Thing) } }, async (request) => request.body)
  return app
}

const id = '01980000-0000-7000-8000-00000000ABCD'
const taken: [string, unknown, unknown][] = [
  ['text is trimmed', { name: '  Ada\t\n' }, { name: 'Ada' }],
  ['text is brought to NFC', { name: 'Zoe\u0308' }, { name: 'Zo\u00eb' }],
  ['inner spaces are kept', { name: 'A  B' }, { name: 'A  B' }],
  ['lengths are checked after trimming', { name: `${' '.repeat(50)}Ada L${' '.repeat(50)}` }, { name: 'Ada L' }],
  ['lengths are checked after NFC', { name: 'e\u0301'.repeat(5) }, { name: '\u00e9'.repeat(5) }],
  ['lengths count code points, not code units', { name: '😀😀😀😀😀' }, { name: '😀😀😀😀😀' }],
  ['an email is trimmed and lowercased', { email: ' Leonie.KOEHLER@Example.COM ' }, { email: 'leonie.koehler@example.com' }],
  ['a UUID is lowercased', { id }, { id: id.toLowerCase() }],
  ['UUIDs in a list are lowercased', { ids: [id] }, { ids: [id.toLowerCase()] }],
  ['a secret is not trimmed nor changed', { password: '  Zoe\u0308 PASS ' }, { password: '  Zoe\u0308 PASS ' }],
  ['null passes where null is allowed', { phone: null }, { phone: null }],
  ['text that may be null is trimmed', { phone: ' 12345 ' }, { phone: '12345' }],
]
for (const [what, sent, kept] of taken) {
  t.test(`in a body, ${what}`, async (t) => {
    const response = await post(await things(t), '/things', sent)
    t.equal(response.statusCode, 200, response.body)
    t.strictSame(response.json(), kept)
  })
}

const refused: [string, unknown, string, RegExp][] = [
  ['an unknown field', { nmae: 'Ada' }, '/body/nmae', /not a known field/],
  ['an unknown field of a nested object', { nested: { 'a/b~c': 'x', d: 1 } }, '/body/nested/d', /not a known field/],
  ['a nested field that is missing, its name escaped', { nested: {} }, '/body/nested/a~1b~0c', /is required/],
  ['null for text', { name: null }, '/body/name', /string/],
  ['a number for text', { name: 5 }, '/body/name', /string/],
  ['true for text', { name: true }, '/body/name', /string/],
  ['a list for text', { name: ['Ada'] }, '/body/name', /string/],
  ['text for a number', { count: '5' }, '/body/count', /integer/],
  ['null for a number', { count: null }, '/body/count', /integer/],
  ['true for a number', { count: true }, '/body/count', /integer/],
  ['a fraction for an integer', { count: 1.5 }, '/body/count', /integer/],
  ['text for true', { isActive: 'true' }, '/body/isActive', /boolean/],
  ['1 for true', { isActive: 1 }, '/body/isActive', /boolean/],
  ['one value for a list', { ids: id }, '/body/ids', /array/],
  ['a word that is not of the list', { status: 'new' }, '/body/status', /one of NEW, OLD/],
  ['text of nothing but spaces', { name: ' \t\n ' }, '/body/name', /fewer than 1/],
  ['text that is too long', { name: 'Ada Lo' }, '/body/name', /more than 5/],
  ['text that is too long in code points', { name: '😀😀😀😀😀😀' }, '/body/name', /more than 5/],
  ['text with NUL', { name: 'A\0' }, '/body/name', /NUL/],
  ['a line break in a line', { name: 'Ada\nLovelace' }, '/body/name', /control characters/],
  ['text with a lone surrogate', { name: '\ud83d' }, '/body/name', /surrogate/],
  ['an email with NUL', { email: 'a\0@example.com' }, '/body/email', /NUL/],
  ['an email that is none', { email: 'ada' }, '/body/email', /email address/],
  ['an email that is too long', { email: `${'a'.repeat(250)}@example.com` }, '/body/email', /more than 254/],
  ['a secret with NUL', { password: '0123456789\0' }, '/body/password', /NUL/],
  ['a secret with a lone surrogate', { password: '0123456789\udc00' }, '/body/password', /surrogate/],
  ['a UUID that is none', { id: '1' }, '/body/id', /uuid/],
  ['a UUID as a URN', { id: `urn:uuid:${id}` }, '/body/id', /uuid/],
  ['a wrong UUID in a list', { ids: [id, 'x'] }, '/body/ids/1', /uuid/],
  ['a list for an object', [], '/body', /object/],
  ['text for an object', '"text"', '/body', /object/],
  ['null for an object', 'null', '/body', /object/],
]
for (const [what, sent, pointer, message] of refused) {
  t.test(`${what} is refused at ${pointer}`, async (t) => {
    const response = await post(await things(t), '/things', sent)
    isProblem(t, response, { status: 400, code: 'validation_failed', errors: [{ pointer, message }] })
    t.equal(new Set(response.json().errors.map((error: { pointer: string }) => error.pointer)).size, 1)
  })
}

t.test('text that may be null is still checked', async (t) => {
  const app = await things(t)
  for (const phone of [5, '', '123456', 'a\0']) {
    const response = await post(app, '/things', { phone })
    t.equal(response.statusCode, 400, JSON.stringify(phone))
    t.match(response.json(), { code: 'validation_failed', errors: [{ pointer: '/body/phone' }] })
  }
})

t.test('every wrong place of a body is named at once, 20 at most', async (t) => {
  const app = await things(t)
  const { errors } = (await post(app, '/things', { name: 5, email: 'x', count: '1', other: 1 })).json()
  t.strictSame(errors.map((error: { pointer: string }) => error.pointer).sort(), [
    '/body/count',
    '/body/email',
    '/body/name',
    '/body/other',
  ])
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field${i}`, i]))
  t.equal((await post(app, '/things', many)).json().errors.length, 20)
})
