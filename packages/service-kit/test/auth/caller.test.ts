import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { bearerTokenOf, type RequestHeaders, sessionKey, userIdOf } from '../../src/auth/caller.ts'

const id = '01980000-0000-7000-8000-00000000abcd'
const unauthenticated = { name: 'AppError', code: 'unauthenticated', status: 401, headers: { 'www-authenticate': 'Bearer realm="crm"' } }

/** Headers as they came, and as Node gives them: of several Authorization headers the first, others joined. */
function request(...raw: [string, string][]): RequestHeaders {
  const headers: IncomingHttpHeaders = {}
  for (const [name, value] of raw) {
    const key = name.toLowerCase()
    if (headers[key] === undefined) headers[key] = value
    else if (key !== 'authorization') headers[key] = `${headers[key]}, ${value}`
  }
  return { headers, rawHeaders: raw.flat() }
}

t.test('x-user-id is the caller, in lower case', async (t) => {
  t.equal(userIdOf(request(['x-user-id', id], ['cookie', 'a=b'])), id)
  t.equal(userIdOf(request(['X-User-Id', id.toUpperCase()])), id)
})

const noCaller: [string, [string, string][]][] = [
  ['a missing x-user-id', []],
  ['an empty x-user-id', [['x-user-id', '']]],
  ['an x-user-id that is no UUID', [['x-user-id', 'admin@crm.com']]],
  ['a UUID as a URN', [['x-user-id', `urn:uuid:${id}`]]],
  ['a UUID in braces', [['x-user-id', `{${id}}`]]],
  ['a UUID without hyphens', [['x-user-id', id.replaceAll('-', '')]]],
  ['a UUID and more', [['x-user-id', `${id} `]]],
  ['a UUID on a line of several', [['x-user-id', `${id}\n${id}`]]],
  ['two in one header', [['x-user-id', `${id}, ${id}`]]],
  [
    'two headers, the same',
    [
      ['x-user-id', id],
      ['X-USER-ID', id],
    ],
  ],
  [
    'two headers, the second empty',
    [
      ['x-user-id', id],
      ['x-user-id', ''],
    ],
  ],
  ['a header with another name', [['x_user_id', id]]],
]
for (const [what, headers] of noCaller) {
  t.test(`${what} is 401`, async (t) => {
    t.throws(() => userIdOf(request(...headers)), unauthenticated)
  })
}

t.test('two of x-user-id are 401 also where only the first is handed on', async (t) => {
  t.throws(() => userIdOf({ headers: { 'x-user-id': id }, rawHeaders: ['x-user-id', id, 'x-user-id', id] }), unauthenticated)
})

t.test('a request without Authorization has no token', async (t) => {
  t.equal(bearerTokenOf(request(['x-user-id', id])), undefined)
})

for (const value of ['Bearer a.b-c._d', 'bearer a.b-c._d', 'BEARER a.b-c._d', 'bEaReR a.b-c._d', 'Bearer   a.b-c._d']) {
  t.test(`the token of ${JSON.stringify(value)} is taken`, async (t) => {
    t.equal(bearerTokenOf(request(['authorization', value])), 'a.b-c._d')
  })
}

const noToken: [string, string][] = [
  ['nothing', ''],
  ['the scheme alone', 'Bearer'],
  ['the scheme and a space', 'Bearer '],
  ['the token alone', 'a.b.c'],
  ['another scheme', 'Basic eDp5'],
  ['another scheme with the token', 'Token a.b.c'],
  ['a scheme that begins alike', 'Bearerx a.b.c'],
  ['no space', 'Bearera.b.c'],
  ['a tab', 'Bearer\ta.b.c'],
  ['white space within the token', 'Bearer a.b .c'],
  ['a second token', 'Bearer a.b.c d.e.f'],
  ['two in one header', 'Bearer a.b.c, Bearer a.b.c'],
  ['quotes', 'Bearer "a.b.c"'],
  ['a parameter', 'Bearer token=a.b.c;x'],
  ['a line break', 'Bearer a.b.c\n'],
  ['a line before', 'x\nBearer a.b.c'],
]
for (const [what, value] of noToken) {
  t.test(`Authorization with ${what} is 401`, async (t) => {
    t.throws(() => bearerTokenOf(request(['authorization', value])), unauthenticated)
  })
}

t.test('two Authorization headers are 401, whichever comes first', async (t) => {
  const other: [string, string][] = [
    ['Authorization', 'Basic eDp5'],
    ['AUTHORIZATION', 'Bearer a.b.c'],
    ['authorization', ''],
  ]
  for (const second of other) {
    t.throws(() => bearerTokenOf(request(['authorization', 'Bearer a.b.c'], second)), unauthenticated)
    t.throws(() => bearerTokenOf(request(second, ['authorization', 'Bearer a.b.c'])), unauthenticated)
  }
})

t.test(
  'what is remembered for one session of a user is not for another, nor for the user without one, nor for a token of another key',
  async (t) => {
    const shown = [
      { sessionId: null, keyId: null },
      { sessionId: 's1', keyId: 'k1' },
      { sessionId: 's2', keyId: 'k1' },
      { sessionId: 's1', keyId: 'k2' },
    ]
    t.equal(new Set(shown.map((token) => sessionKey({ userId: id, ...token, headers: {} }))).size, shown.length)
  },
)
