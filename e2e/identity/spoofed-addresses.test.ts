import t from 'tap'
import { counterOf } from './metrics.ts'
import { startIdentitySystem } from './system.ts'
import { endsConnection, exchangeOne, requestText } from './wire.ts'

t.setTimeout(300_000)

/** Header lines by which a client could say that it is somewhere else, each time elsewhere. */
const disguises: ((n: number) => string[])[] = [
  (n) => [`x-forwarded-for: 203.0.113.${n}`],
  (n) => [`X-Forwarded-For: 127.0.0.1, 203.0.113.${n}`],
  (n) => [`x-forwarded-for: 203.0.113.${n}`, `x-forwarded-for: 198.51.100.${n}`],
  (n) => [`x-forwarded-for: 203.0.113.${n}`, 'connection: close, x-forwarded-for'],
  (n) => [`x-forwarded-for: [2001:db8::${n}]:443`],
  (n) => [`x_forwarded_for: 203.0.113.${n}`],
  (n) => [`forwarded: for=203.0.113.${n};proto=https;by=127.0.0.1`],
  (n) => [`forwarded: for="[2001:db8::${n}]"`],
  (n) => [`x-real-ip: 203.0.113.${n}`],
  (n) => [`x-client-ip: 203.0.113.${n}`],
  (n) => [`client-ip: 203.0.113.${n}`],
  (n) => [`true-client-ip: 203.0.113.${n}`],
  (n) => [`cf-connecting-ip: 203.0.113.${n}`],
  (n) => [`fastly-client-ip: 203.0.113.${n}`],
  (n) => [`x-cluster-client-ip: 203.0.113.${n}`],
  (n) => [`x-originating-ip: 203.0.113.${n}`],
  (n) => [`x-remote-addr: 203.0.113.${n}`],
  (n) => [`x-envoy-external-address: 203.0.113.${n}`],
  (n) => [`x-forwarded-host: host-${n}.example.com`, `x-forwarded-port: ${n}`],
  (n) => [`via: 1.1 203.0.113.${n}`],
  (n) => [`user-agent: client ${n}`],
  (n) => [`x-user-id: 01980000-0000-7000-8000-0000000000${(n % 100).toString().padStart(2, '0')}`],
  (n) => [`authorization: Bearer ${n}.${n}.${n}`],
]

/** Ways to write one email so that it might count as another. */
const spellings = [
  'user.west@crm.com',
  'USER.WEST@CRM.COM',
  ' user.west@crm.com',
  'user.west@crm.com ',
  'User.West@Crm.Com',
  '\\u0075ser.west@crm.com',
]

/** What may be tried at once of one account from one address; one more is free every 15 s. */
const loginsAtOnce = 10

t.test('a client that says it is somewhere else each time is counted where it is', async (t) => {
  const limit = 30
  const { urls } = await startIdentitySystem(t, { gateway: { RATE_LIMIT_UNAUTHENTICATED: String(limit) } })
  const statuses: number[] = []
  for (let n = 0; n < limit + disguises.length * 2; n++) {
    const lines = disguises[n % disguises.length]?.(n) ?? []
    const [host, close] = endsConnection
    const connection = lines.some((line) => line.startsWith('connection:')) ? [] : [close]
    const { status } = await exchangeOne(urls.gateway, requestText({ path: '/v1/users/me', lines: [host, ...connection, ...lines] }))
    statuses.push(status)
  }
  t.same(new Set(statuses), new Set([401, 429]))
  t.equal(statuses.filter((status) => status === 401).length, limit)
  t.ok(
    statuses.slice(limit).every((status) => status === 429),
    'none of the disguises helped',
  )
  t.comment(`disguises of an address: ${disguises.length} kinds`)
})

t.test('guesses from ever other addresses, as the client says, and of an email in other spellings, are slowed as one', async (t) => {
  for (const [door, trusted] of [
    ['gateway', '127.0.0.1'],
    ['users', ''],
  ] as const) {
    // A service that trusts the gateway's machine would believe the test, which is on it: straight at the service it trusts nobody.
    const { urls } = await startIdentitySystem(t, { users: { TRUST_PROXY: trusted } })
    const begun = performance.now()
    const before = await counterOf(urls.users, 'password_hashes_total')
    const statuses: number[] = []
    for (let n = 0; n < disguises.length * 3; n++) {
      const email = spellings[n % spellings.length] ?? ''
      const body = `{"email":"${email}","password":"guess ${n}"}`
      const lines = (disguises[n % disguises.length]?.(n) ?? []).filter((line) => !line.startsWith('connection:'))
      const head = ['content-type: application/json', `content-length: ${body.length}`, ...endsConnection, ...lines]
      statuses.push((await exchangeOne(urls[door], requestText({ method: 'POST', path: '/v1/auth/login', lines: head, body }))).status)
    }
    const checked = statuses.filter((status) => status === 401).length
    const freeMeanwhile = Math.ceil((performance.now() - begun) / 15_000)
    t.same(new Set(statuses), new Set([401, 429]), door)
    t.ok(checked >= loginsAtOnce && checked <= loginsAtOnce + freeMeanwhile, `${checked} guesses were checked, at ${door}`)
    t.equal((await counterOf(urls.users, 'password_hashes_total')) - before, checked, 'the others cost no hash')
  }
})
