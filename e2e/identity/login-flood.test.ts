import { randomUUID } from 'node:crypto'
import { type CrmSessionClient, createCrmClient } from '@crm/sdk'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { counterOf } from './metrics.ts'
import { inSession, logIn, send } from './sessions.ts'
import { type IdentitySystem, people, startIdentitySystem } from './system.ts'

t.setTimeout(600_000)

const atOnce = 32
const password = 'a password of the tests'

/** What a counter holds, and how fast it empties by the database's clock: see login-limits.ts of user-service. */
const limits = {
  'one account from one address': { capacity: 10, everySeconds: 15 },
  'many accounts from one address': { capacity: 60, everySeconds: 2 },
  'one account from many addresses': { capacity: 20, everySeconds: 5 },
} as const

interface Victim {
  email: string
  /** Where the owner has logged in from before. */
  home: string
}

interface Flood {
  kind: keyof typeof limits
  /** At least; it goes on while the others have not yet done their share. */
  attempts: number
  /** The nth attempt: whom it tries to be, and from where. */
  attempt(n: number, victim: Victim): { email: string; address: string }
}

const floods: Flood[] = [
  { kind: 'one account from one address', attempts: 10_000, attempt: (_, { email }) => ({ email, address: '203.0.113.7' }) },
  {
    kind: 'many accounts from one address',
    attempts: 1_000,
    attempt: (n) => ({ email: `nobody-${n}@example.com`, address: '203.0.113.8' }),
  },
  {
    kind: 'one account from many addresses',
    attempts: 1_000,
    attempt: (n, { email }) => ({ email, address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` }),
  },
]

t.test('floods of login attempts', async (t) => {
  // The test plays the load balancer in front of the gateway, which says where its clients are. All attempts reach user-service.
  const system = await startIdentitySystem(t, { gateway: { TRUST_PROXY: '127.0.0.1' } })
  for (const flood of floods) {
    await t.test(flood.kind, async (t) => {
      const victim = await newVictim(system)
      const hashesBefore = await counterOf(system.urls.users, 'password_hashes_total')
      const begun = await databaseTime(system)
      const others = startWork(t, system)
      const statuses = await sendAttempts(system, flood, { victim, isEnough: others.haveWorked })
      const { logins, calls } = await others.stop()
      const checked = statuses.get(401) ?? 0
      const hashes = (await counterOf(system.urls.users, 'password_hashes_total')) - hashesBefore
      const { capacity, everySeconds } = limits[flood.kind]
      const atMost = capacity + Math.ceil(((await databaseTime(system)) - begun) / everySeconds)

      t.strictSame([...statuses.keys()].sort(), [401, 429], 'each attempt is refused, and none in another way')
      t.ok(checked <= atMost, `${checked} were checked, where ${atMost} may be`)
      t.equal(hashes, checked + logins, 'those beyond the limit cost no hash')
      if (flood.kind === 'one account from many addresses') await refusesOwnerElsewhere(system, victim)
      else t.equal(await logInFrom(system, '203.0.113.99', victim.email), 200, 'the owner, elsewhere')
      t.equal(await logInFrom(system, victim.home, victim.email), 200, 'the owner, where they logged in before')
      t.comment(
        `${flood.kind}: ${sum(statuses.values())} attempts, ${checked} checked, ${hashes - logins} hashed; others: ${logins} logins, ${calls} calls`,
      )
    })
  }
})

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0)
}

/** Seconds of the clock by which counters empty. */
async function databaseTime({ sql }: IdentitySystem): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`select extract(epoch from clock_timestamp())::float8 as seconds`
  return row?.seconds ?? Number.NaN
}

/** Now and then the counter of the account has room for one, who may be the owner: from a network that is new each time they try again. */
async function refusesOwnerElsewhere(system: IdentitySystem, { email }: Victim): Promise<void> {
  let tries = 0
  const isRefused = async () => (await logInFrom(system, `11.${tries++}.0.1`, email)) === 429
  await until(isRefused, { timeoutMs: 30_000, what: 'the owner is refused where they never logged in' })
}

/** A user who has logged in once before. */
async function newVictim({ urls }: IdentitySystem): Promise<Victim> {
  const victim = { email: `${randomUUID()}@example.com`, home: '198.51.100.9' }
  const admin = await logIn(urls.users, people.admin)
  const body = { email: victim.email, password, role: 'CHILD_USER', companyId: people.west.companyId }
  const { status } = await send('POST', `${urls.gateway}/v1/users`, { headers: inSession(admin), body })
  if (status !== 201) throw new Error(`the user was answered ${status}`)
  const answer = await logInFrom({ urls }, victim.home, victim.email)
  if (answer !== 200) throw new Error(`the first login was answered ${answer}`)
  return victim
}

async function logInFrom({ urls }: Pick<IdentitySystem, 'urls'>, address: string, email: string): Promise<number> {
  const headers = { 'x-forwarded-for': address }
  return (await send('POST', `${urls.gateway}/v1/auth/login`, { headers, body: { email, password } })).status
}

interface Until {
  victim: Victim
  isEnough(): boolean
}

/** Sends all attempts, some at once, and more until it is enough; resolves to how many were answered how. */
async function sendAttempts(
  { urls }: IdentitySystem,
  { attempts, attempt }: Flood,
  { victim, isEnough }: Until,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  let next = 0
  const work = async () => {
    for (let n = next++; n < attempts || !isEnough(); n = next++) {
      const { email, address } = attempt(n, victim)
      const answer = await fetch(`${urls.gateway}/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ email, password: `guess ${n}` }),
      })
      await answer.arrayBuffer()
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return statuses
}

/** Two others who log in and work, again and again, until they are stopped: a call of theirs that fails for good fails the test. */
function startWork(t: Test, { urls }: IdentitySystem) {
  const done = { logins: 0, calls: 0 }
  let stopped = false
  let failed = false
  const work = async ({ email, password, companyId }: (typeof people)[keyof typeof people], address: string) => {
    const crm: CrmSessionClient = createCrmClient({
      baseUrl: urls.gateway,
      credentials: {},
      headers: { 'x-forwarded-for': address },
    })
    while (!stopped) {
      const { id } = await crm.logIn({ email, password })
      done.logins++
      for (let round = 0; round < 5; round++) {
        const lead = await crm.leads.create({ name: 'Leonie', email: `${randomUUID()}@example.com`, companyId })
        t.equal((await crm.users.me()).id, id)
        t.ok((await crm.leads.list({ limit: 5 })).data.some((one) => one.id === lead.id))
        done.calls += 3
      }
      await crm.logOut()
    }
  }
  const working = Promise.all([work(people.west, '198.51.100.1'), work(people.global, '198.51.100.2')])
  working.catch(() => {
    failed = true
  })
  return {
    /** Whether each has logged in and worked, or will not any more. */
    haveWorked: () => failed || (done.logins >= 2 && done.calls >= 30),
    async stop() {
      stopped = true
      await working
      return done
    },
  }
}
