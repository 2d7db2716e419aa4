import { randomBytes, randomUUID } from 'node:crypto'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { attemptAt, type Door, doorsOf, shows } from './doors.ts'
import { inSession, logIn, refresh, type Session, send } from './sessions.ts'
import { type IdentitySystem, people, startIdentitySystem } from './system.ts'

/** In milliseconds: doors remember for a second who may come in. Longer, as where the machine is slow they are late to hear of it. */
const patienceMs = 10_000
const password = 'a password of the tests'

t.setTimeout(300_000)

interface Scene {
  system: IdentitySystem
  url: string
  doors: Door[]
  admin: Session
  /** A user in a company of their own below another one, with two sessions. */
  newcomer(): Promise<Newcomer>
}

interface Newcomer {
  session: Session
  other: Session
  credentials: { email: string; password: string }
  companyId: string
  parentId: string
}

/** What ends `session`; whether `other` ends with it. */
interface Ending {
  what: string
  end(scene: Scene, newcomer: Newcomer): Promise<void>
  endsOther: boolean
}

t.test('a session that ended is soon over at every door, with its access and refresh tokens', async (t) => {
  const scene = await start(t)
  for (const ending of endings) {
    await t.test(ending.what, async (t) => {
      const newcomer = await scene.newcomer()
      const { session, other } = newcomer
      for (const door of scene.doors) {
        for (const [name, one] of [
          ['the session', session],
          ['the other one', other],
        ] as const) {
          t.equal(await statusAt(door, one), 200, `${name} is taken before, at ${door.name}`)
        }
      }
      await ending.end(scene, newcomer)
      await Promise.all(scene.doors.map((door) => over(door, session)))
      for (const door of scene.doors) {
        t.equal(await statusAt(door, session), 401, `over, and stays so, at ${door.name}`)
        t.equal(await statusAt(door, other), ending.endsOther ? 401 : 200, `the other session, at ${door.name}`)
      }
      for (const url of [scene.url, scene.system.urls.users]) {
        const { status } = await send('POST', `${url}/v1/auth/refresh`, { body: { refreshToken: session.refreshToken } })
        t.equal(status, 401, 'its refresh token is of no use')
      }
    })
  }
  t.comment(`${endings.length} ways to end a session, each at ${scene.doors.length} doors`)
})

t.test('nothing but a refresh token that lives gets the next access token', async (t) => {
  const scene = await start(t)
  const { session, credentials } = await scene.newcomer()
  const doors = [scene.url, scene.system.urls.users]
  const origin = { origin: scene.url }
  const cookies = await send('POST', `${scene.url}/v1/auth/login`, { headers: origin, body: { ...credentials, session: 'cookie' } })
  const cookie = cookies.setCookies[0]?.split(';', 1)[0] ?? ''
  const inCookie = cookie.slice('crm_refresh='.length)
  const [, payload = '', signature = ''] = session.accessToken.split('.')
  const shown: [what: string, body: object | undefined, headers?: Record<string, string>][] = [
    ['the access token', { refreshToken: session.accessToken }],
    ['its payload', { refreshToken: payload.slice(0, 200) }],
    ['its signature', { refreshToken: signature }],
    ['the session id', { refreshToken: session.sessionId }],
    ['the user id', { refreshToken: session.userId }],
    ['random bits', { refreshToken: randomBytes(32).toString('base64url') }],
    ['one in another case', { refreshToken: swapCase(session.refreshToken) }],
    ['one cut short', { refreshToken: session.refreshToken.slice(0, -1) }],
    ['one and a character more', { refreshToken: `${session.refreshToken}A` }],
    ['one with padding', { refreshToken: `${session.refreshToken}=` }],
    ['a list', { refreshToken: [session.refreshToken] }],
    ['an object', { refreshToken: { $ne: null } }],
    ['null', { refreshToken: null }],
    ['an empty one', { refreshToken: '' }],
    ['nothing', undefined],
    ['the access token as Authorization alone', undefined, inSession(session)],
    ['the access token in the cookie', undefined, { ...origin, cookie: `crm_refresh=${session.accessToken}` }],
    ['one of a cookie in a body', { refreshToken: inCookie }],
    ['one of a body in a cookie', undefined, { ...origin, cookie: `crm_refresh=${session.refreshToken}` }],
    ['a cookie without Origin', undefined, { cookie }],
    ['a cookie from another site', undefined, { cookie, origin: 'https://evil.example.com' }],
    ['a cookie from a site that begins alike', undefined, { cookie, origin: `${scene.url}.evil.example.com` }],
    ['a cookie from another port', undefined, { cookie, origin: 'http://127.0.0.1:1' }],
    ['a cookie from nowhere', undefined, { cookie, origin: 'null' }],
    [
      'a cookie from another site that says it is forwarded',
      undefined,
      { cookie, origin: 'https://evil.example.com', 'x-forwarded-host': 'evil.example.com' },
    ],
  ]
  let accepted = 0
  for (const [what, body, headers = {}] of shown) {
    for (const url of what.includes('forwarded') ? [scene.url] : doors) {
      const { status, body: answer } = await send('POST', `${url}/v1/auth/refresh`, { headers, body })
      t.ok([400, 401, 403].includes(status), `${what}: ${status}`)
      if (answer.accessToken) accepted++
    }
  }
  t.comment(`refreshing: ${shown.length} kinds, accepted ${accepted}`)
  t.equal(accepted, 0)
  const refreshed = await send('POST', `${scene.url}/v1/auth/refresh`, { headers: { ...origin, cookie } })
  t.equal(refreshed.status, 200, 'the cookie from the own page is taken')
  const next = await refresh(scene.url, session)
  t.equal(await statusAt(scene.doors[3], next), 200, 'and the token in a body')
  await send('POST', `${scene.url}/v1/auth/logout`, { body: { refreshToken: next.accessToken.slice(0, 200) } })
  await send('POST', `${scene.url}/v1/auth/logout`, { body: { refreshToken: next.sessionId } })
  t.equal(await statusAt(scene.doors[2], next), 200, 'neither ends the session')
})

const endings: Ending[] = [
  {
    what: 'logout',
    endsOther: false,
    end: ({ url }, { session }) => done('POST', `${url}/v1/auth/logout`, { body: { refreshToken: session.refreshToken } }),
  },
  {
    what: 'logout with a refresh token that was replaced',
    endsOther: false,
    async end({ url }, { session }) {
      await refresh(url, session)
      await done('POST', `${url}/v1/auth/logout`, { body: { refreshToken: session.refreshToken } })
    },
  },
  {
    what: 'ended by its user from another session',
    endsOther: false,
    end: ({ url }, { session, other }) => done('DELETE', `${url}/v1/users/me/sessions/${session.sessionId}`, { headers: inSession(other) }),
  },
  {
    what: 'ended by its user from itself',
    endsOther: false,
    end: ({ url }, { session }) => done('DELETE', `${url}/v1/users/me/sessions/${session.sessionId}`, { headers: inSession(session) }),
  },
  {
    what: 'a change of password in another session',
    endsOther: false,
    end: ({ url }, { other }) =>
      done('PUT', `${url}/v1/users/me/password`, {
        headers: inSession(other),
        body: { currentPassword: password, newPassword: 'another password of the tests' },
      }),
  },
  {
    what: 'a password reset by an administrator',
    endsOther: true,
    end: ({ url, admin }, { session }) =>
      done('PUT', `${url}/v1/users/${session.userId}/password`, {
        headers: inSession(admin),
        body: { newPassword: 'a password by an administrator' },
      }),
  },
  {
    what: 'the user is deactivated',
    endsOther: true,
    end: ({ url, admin }, { session }) =>
      done('PATCH', `${url}/v1/users/${session.userId}`, { headers: inSession(admin), body: { isActive: false } }),
  },
  {
    what: 'the company is deactivated',
    endsOther: true,
    end: ({ url, admin }, { companyId }) =>
      done('PATCH', `${url}/v1/companies/${companyId}`, { headers: inSession(admin), body: { isActive: false } }),
  },
  {
    what: 'a company above is deactivated',
    endsOther: true,
    end: ({ url, admin }, { parentId }) =>
      done('PATCH', `${url}/v1/companies/${parentId}`, { headers: inSession(admin), body: { isActive: false } }),
  },
  {
    what: 'a refresh token is used again long after it was replaced',
    endsOther: false,
    async end({ url, system: { sql } }, { session }) {
      const next = await refresh(url, session)
      await sql`update refresh_tokens set replaced_at = replaced_at - interval '11 seconds' where session_id = ${session.sessionId} and replaced_at is not null`
      const reuse = await send('POST', `${url}/v1/auth/refresh`, { body: { refreshToken: session.refreshToken } })
      if (reuse.status !== 401) throw new Error(`the reuse was answered ${reuse.status}`)
      const { status } = await send('POST', `${url}/v1/auth/refresh`, { body: { refreshToken: next.refreshToken } })
      if (status !== 401) throw new Error(`the token after it was answered ${status}`)
    },
  },
  {
    what: 'thirty days without a refresh',
    endsOther: false,
    async end({ system: { sql } }, { session }) {
      await sql`update sessions set expires_at = now() - interval '1 second' where id = ${session.sessionId}`
    },
  },
]

async function start(t: Test): Promise<Scene> {
  const system = await startIdentitySystem(t)
  const url = system.urls.gateway
  const admin = await logIn(url, people.admin)
  const create = async (path: string, body: object) => {
    const { status, body: created } = await send('POST', url + path, { headers: inSession(admin), body })
    if (status !== 201 || !created.id) throw new Error(`${path} was answered ${status}: ${JSON.stringify(created)}`)
    return created.id
  }
  return {
    system,
    url,
    doors: doorsOf(system),
    admin,
    async newcomer() {
      const parentId = await create('/v1/companies', { name: 'Region' })
      const companyId = await create('/v1/companies', { name: 'Branch', parentId })
      const credentials = { email: `${randomUUID()}@example.com`, password }
      await create('/v1/users', { ...credentials, role: 'CHILD_USER', companyId })
      return { session: await logIn(url, credentials), other: await logIn(url, credentials), credentials, companyId, parentId }
    },
  }
}

async function done(method: string, url: string, options: Parameters<typeof send>[2]): Promise<void> {
  const { status, body } = await send(method, url, options)
  if (status >= 300) throw new Error(`${method} ${url} was answered ${status}: ${JSON.stringify(body)}`)
}

async function statusAt(door: Door | undefined, { accessToken, userId }: Session): Promise<number> {
  if (!door) throw new Error('there is no such door')
  return (await attemptAt(door, { what: 'a call', lines: shows(door, `Bearer ${accessToken}`, userId) })).status
}

function over(door: Door, session: Session): Promise<unknown> {
  const isRefused = async () => (await statusAt(door, session)) === 401
  return until(isRefused, { timeoutMs: patienceMs, intervalMs: 25, what: `the session is over at ${door.name}` })
}

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()))
}
