import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { headerCredentials } from '../../src/auth/caller.ts'

const id = '01980000-0000-7000-8000-00000000abcd'

t.test('x-user-id is the caller, and what is passed on', async (t) => {
  t.strictSame(headerCredentials({ 'x-user-id': id, cookie: 'a=b' }), { userId: id, headers: { 'x-user-id': id } })
})

t.test('x-user-id in upper case is the same caller', async (t) => {
  t.strictSame(headerCredentials({ 'x-user-id': id.toUpperCase() }), { userId: id, headers: { 'x-user-id': id } })
})

const refused: [string, IncomingHttpHeaders][] = [
  ['a missing x-user-id', {}],
  ['an empty x-user-id', { 'x-user-id': '' }],
  ['an x-user-id that is no UUID', { 'x-user-id': 'admin@crm.com' }],
  ['a UUID as a URN', { 'x-user-id': `urn:uuid:${id}` }],
  ['a UUID in braces', { 'x-user-id': `{${id}}` }],
  ['a UUID without hyphens', { 'x-user-id': id.replaceAll('-', '') }],
  ['a UUID and more', { 'x-user-id': `${id} ` }],
  ['a UUID on a line of several', { 'x-user-id': `${id}\n${id}` }],
  ['two, as the server joins them', { 'x-user-id': `${id}, ${id}` }],
  ['two, as a list', { 'x-user-id': [id, id] }],
  ['an access token, which cannot be checked', { 'x-user-id': id, authorization: 'Bearer x' }],
  ['other credentials', { 'x-user-id': id, authorization: 'Basic eDp5' }],
  ['empty credentials', { 'x-user-id': id, authorization: '' }],
]
for (const [what, headers] of refused) {
  t.test(`${what} is 401`, async (t) => {
    t.throws(() => headerCredentials(headers), {
      name: 'AppError',
      code: 'unauthenticated',
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="crm"' },
    })
  })
}
