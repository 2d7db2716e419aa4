import t from 'tap'
import { type Kind, tryKinds } from './kinds.ts'
import { type Ring, standsOpen, startRing } from './ring.ts'

t.setTimeout(300_000)

t.test('good tokens that are shown in any other way than in one Authorization header, and users named against the token', async (t) => {
  const ring = await startRing(t)
  const groups = {
    'ways to show a token': waysToShow(ring),
    'x-user-id at the gateway': atTheGateway(ring),
    'x-user-id at services': atServices(ring),
  }
  for (const [name, kinds] of Object.entries(groups)) {
    await t.test(name, async (t) => {
      const { attempts, accepted } = await tryKinds(t, { ...ring, kinds })
      t.comment(`${name}: ${kinds.length} kinds, ${attempts} attempts, accepted ${accepted}`)
      t.equal(accepted, 0)
    })
  }
  const all = Object.values(groups).flat().length
  t.comment(`${all} kinds in all`)
  t.ok(all >= 40)
  await standsOpen(t, ring)
})

/** Nobody is let in by any of these. The tokens in them are good. */
function waysToShow({ west, global }: Ring): Kind[] {
  const { accessToken: token, userId } = west
  const bearer = `Bearer ${token}`
  const forged = `Bearer ${token.slice(0, -8)}AAAAAAAA`
  const authorized = (what: string, ...values: string[]): Kind => ({
    what,
    at: () => ({ lines: [`x-user-id: ${userId}`, ...values.map((value) => `authorization: ${value}`)] }),
  })
  const elsewhere = (what: string, ...lines: string[]): Kind => ({ what, at: () => ({ lines: [`x-user-id: ${userId}`, ...lines] }) })
  const asked = (what: string, query: string): Kind => ({ what, at: () => ({ lines: [`x-user-id: ${userId}`], query }) })
  return [
    elsewhere('no token'),
    { what: 'nothing at all', at: () => ({ lines: [] }) },
    authorized('an empty Authorization', ''),
    authorized('Bearer alone', 'Bearer'),
    authorized('Bearer and a blank', 'Bearer '),
    authorized('the token without Bearer', token),
    authorized('Bearer without a blank', `Bearer${token}`),
    authorized('Bearer and a tab', `Bearer\t${token}`),
    authorized('Bearer with a colon', `Bearer: ${token}`),
    authorized('Bearer twice', `Bearer ${bearer}`),
    authorized('the token in quotes', `Bearer "${token}"`),
    authorized('the token as a parameter', `Bearer token="${token}"`),
    authorized('the scheme Token', `Token ${token}`),
    authorized('the scheme JWT', `JWT ${token}`),
    authorized('the scheme DPoP', `DPoP ${token}`),
    authorized('the scheme Basic with the token', `Basic ${Buffer.from(`${userId}:${token}`).toString('base64')}`),
    authorized('the scheme Basic with email and password', `Basic ${Buffer.from('user.west@crm.com:west123').toString('base64')}`),
    authorized('two tokens in one header', `${bearer} ${global.accessToken}`),
    authorized('the same twice by a comma', `${bearer}, ${bearer}`),
    authorized("one's own and another user's by a comma", `${bearer},Bearer ${global.accessToken}`),
    authorized('a forged one and a good one by a comma', `${forged}, ${bearer}`),
    authorized('two headers, the same twice', bearer, bearer),
    authorized("two headers, one's own first", bearer, `Bearer ${global.accessToken}`),
    authorized("two headers, another user's first", `Bearer ${global.accessToken}`, bearer),
    authorized('two headers, a forged one first', forged, bearer),
    authorized('two headers, a forged one last', bearer, forged),
    authorized('two headers, an empty one first', '', bearer),
    authorized('two headers, an empty one last', bearer, ''),
    elsewhere('two headers that differ in case', `Authorization: ${bearer}`, `AUTHORIZATION: ${forged}`),
    elsewhere('a blank before the colon', `authorization : ${bearer}`),
    elsewhere('a header on two lines', 'authorization: Bearer', ` ${token}`),
    elsewhere('a header name with a NUL', `authorization\0: ${bearer}`),
    elsewhere('Proxy-Authorization', `proxy-authorization: ${bearer}`),
    elsewhere('X-Authorization', `x-authorization: ${bearer}`),
    elsewhere('X-Forwarded-Authorization', `x-forwarded-authorization: ${bearer}`),
    elsewhere('X-Access-Token', `x-access-token: ${token}`),
    elsewhere('an underscore before Authorization', `_authorization: ${bearer}`),
    elsewhere('a cookie access_token', `cookie: access_token=${token}`),
    elsewhere('a cookie Authorization', `cookie: Authorization=${bearer}`),
    elsewhere('the cookie of the refresh token, with the access token', `cookie: crm_refresh=${token}`),
    elsewhere('the cookie of the refresh token', `cookie: crm_refresh=${west.refreshToken}`),
    elsewhere('a protocol of a web socket', `sec-websocket-protocol: bearer, ${token}`),
    asked('access_token in the query', `?access_token=${token}`),
    asked('authorization in the query', `?authorization=Bearer+${token}`),
    asked('token in the query', `?token=${token}`),
    asked('jwt in the fragment', `#access_token=${token}`),
    { what: 'access_token in a form', at: () => formWith(userId, token) },
    { what: 'Authorization as a trailer', at: () => trailerWith([`x-user-id: ${userId}`], `authorization: ${bearer}`) },
  ]
}

/** The user of a request is the token's, whatever else it says; or it is refused as what no HTTP request may be. */
function atTheGateway({ west, global }: Ring): Kind[] {
  const authorization = `authorization: Bearer ${west.accessToken}`
  const kind = (what: string, ...lines: string[]): Kind => ({
    what,
    at: ({ kind }) => (kind === 'gateway' ? { lines: [authorization, ...lines] } : undefined),
    mayBe: { gateway: 'west' },
  })
  const refused = (what: string, ...lines: string[]): Kind => ({ ...kind(what, ...lines), mayBe: {} })
  const { userId: other } = global
  return [
    kind("another user's id", `x-user-id: ${other}`),
    kind('in upper case', `X-USER-ID: ${other.toUpperCase()}`),
    kind('in mixed case', `X-User-Id: ${other}`),
    kind('twice', `x-user-id: ${other}`, `x-user-id: ${other}`),
    kind("twice, one's own first", `x-user-id: ${west.userId}`, `x-user-id: ${other}`),
    kind('ten times', ...Array.from({ length: 10 }, () => `x-user-id: ${other}`)),
    kind('by a comma', `x-user-id: ${west.userId}, ${other}`),
    kind('with blanks around it', `x-user-id:   ${other}   `),
    kind('with a tab', `x-user-id:\t${other}\t`),
    kind('in quotes', `x-user-id: "${other}"`),
    kind('empty', 'x-user-id:'),
    kind('no id at all', "x-user-id: ' or true --"),
    kind('with underscores', `x_user_id: ${other}`),
    kind('with a hyphen and an underscore', `x-user_id: ${other}`),
    kind('with underscores, and empty with hyphens', `x_user_id: ${other}`, 'x-user-id:'),
    kind(
      'under names of other gateways',
      ...['x-user', 'x-userid', 'x-auth-user', 'x-remote-user', 'remote-user', 'x-forwarded-user', 'x-sub'].map(
        (name) => `${name}: ${other}`,
      ),
    ),
    kind('in a cookie', `cookie: x-user-id=${other}`),
    kind('in the baggage of a trace', `baggage: x-user-id=${other}`),
    kind('named by Connection', `x-user-id: ${other}`, 'connection: close, x-user-id'),
    kind('named by Connection alone', 'connection: close, x-user-id'),
    kind('beside an Authorization that Connection names', `x-user-id: ${other}`, 'connection: close, authorization'),
    kind('named by Connection in upper case', 'Connection: close, X-USER-ID', `X-USER-ID: ${other}`),
    kind('named by Proxy-Connection', `x-user-id: ${other}`, 'proxy-connection: x-user-id'),
    kind('named by Keep-Alive', `x-user-id: ${other}`, 'keep-alive: x-user-id'),
    kind('named by TE', `x-user-id: ${other}`, 'te: trailers, x-user-id'),
    kind(
      'beside an upgrade',
      `x-user-id: ${other}`,
      'connection: upgrade, close',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    ),
    kind(
      'beside an upgrade to HTTP/2',
      `x-user-id: ${other}`,
      'connection: upgrade, http2-settings, close',
      'upgrade: h2c',
      'http2-settings: AAMAAABkAAQAAP__',
    ),
    kind('beside what expects a go-ahead', `x-user-id: ${other}`, 'expect: 100-continue'),
    kind('beside another path', `x-user-id: ${other}`, 'x-original-url: /v1/users', 'x-rewrite-url: /v1/users'),
    kind('beside another method', `x-user-id: ${other}`, 'x-http-method-override: DELETE', 'x-method-override: DELETE'),
    kind(
      'beside addresses of services',
      `x-user-id: ${other}`,
      'x-forwarded-for: 127.0.0.1',
      'x-real-ip: 127.0.0.1',
      'via: 1.1 gateway',
      'x-request-id: gateway',
    ),
    { ...kind('in the trailer'), at: ({ kind }) => (kind === 'gateway' ? trailerWith([authorization], `x-user-id: ${other}`) : undefined) },
    {
      ...refused('in the query'),
      at: ({ kind }) => (kind === 'gateway' ? { lines: [authorization], query: `?x-user-id=${other}` } : undefined),
    },
    refused('with a blank before the colon', `x-user-id : ${other}`),
    refused('on a second line', 'x-user-id:', ` ${other}`),
    refused('behind a lone line feed', `x-padding: 1\nx-user-id: ${other}`),
    refused('behind a lone carriage return', `x-padding: 1\rx-user-id: ${other}`),
    refused('with a NUL in the name', `x-user-id\0: ${other}`),
    refused('without a colon', `x-user-id ${other}`),
  ]
}

/** Services want one x-user-id, the token's. */
function atServices({ west, global }: Ring): Kind[] {
  const authorization = `authorization: Bearer ${west.accessToken}`
  const kind = (what: string, ...lines: string[]): Kind => ({
    what,
    at: ({ kind }) => (kind === 'service' ? { lines: [authorization, ...lines] } : undefined),
  })
  const own = (what: string, ...lines: string[]): Kind => ({ ...kind(what, ...lines), mayBe: { service: 'west' } })
  const { userId } = west
  const { userId: other } = global
  return [
    kind('none'),
    kind("another user's", `x-user-id: ${other}`),
    kind("another user's in upper case", `X-USER-ID: ${other.toUpperCase()}`),
    kind("one's own, then another user's", `x-user-id: ${userId}`, `x-user-id: ${other}`),
    kind("another user's, then one's own", `x-user-id: ${other}`, `x-user-id: ${userId}`),
    kind("one's own twice", `x-user-id: ${userId}`, `x-user-id: ${userId}`),
    kind("one's own twice in different case", `x-user-id: ${userId}`, `X-User-Id: ${userId}`),
    kind('both by a comma', `x-user-id: ${userId}, ${other}`),
    kind('both by a blank', `x-user-id: ${userId} ${other}`),
    kind('an empty one', 'x-user-id:'),
    kind('an email', 'x-user-id: user.west@crm.com'),
    kind('without hyphens', `x-user-id: ${userId.replaceAll('-', '')}`),
    kind('in braces', `x-user-id: {${userId}}`),
    kind('as a URN', `x-user-id: urn:uuid:${userId}`),
    kind('with a NUL', `x-user-id: ${userId}\0`),
    kind('with underscores alone', `x_user_id: ${userId}`),
    kind('as Connection names it', `x-user-id: ${other}`, 'connection: close, x-user-id'),
    { ...kind('as a trailer'), at: ({ kind }) => (kind === 'service' ? trailerWith([authorization], `x-user-id: ${userId}`) : undefined) },
    own("one's own in upper case", `X-USER-ID: ${userId.toUpperCase()}`),
    own("one's own with blanks around it", `x-user-id:  ${userId} `),
    own("one's own, beside another user's with underscores", `x-user-id: ${userId}`, `x_user_id: ${other}`),
  ]
}

function formWith(userId: string, token: string) {
  const body = `access_token=${token}`
  const lines = [`x-user-id: ${userId}`, 'content-type: application/x-www-form-urlencoded', `content-length: ${body.length}`]
  return { lines, body }
}

function trailerWith(lines: string[], trailer: string) {
  const [name = ''] = trailer.split(':')
  return { lines: [...lines, 'transfer-encoding: chunked', `trailer: ${name}`], body: `0\r\n${trailer}\r\n\r\n` }
}
