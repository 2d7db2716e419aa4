import { randomUUID } from 'node:crypto'
import { type CrmSessionClient, createCrmClient } from '@crm/sdk'
import t, { type Test } from 'tap'
import { counterOf } from './metrics.ts'
import { inSession, logIn, send } from './sessions.ts'
import { type IdentitySystem, people, startIdentitySystem } from './system.ts'

t.setTimeout(600_000)

const atOnce = 32
const password = 'a password of the tests'

/** How fast a full counter empties, and what it holds: see login-limits.ts of user-service. */
const limits = {
  'one account from one address': { capacity: 10, everySeconds: 15 },
  'many accounts from one address': { capacity: 60, everySeconds: 2 },
  'one account from many addresses': { capacity: 100, everySeconds: 5 },
} as const

interface Victim {
  email: string
  /** Where the owner has logged in from before. */
  home: string
}

interface Flood {
  kind: keyof typeof limits
  attempts: number
  /** The nth attempt: whom it tries to be, and from where. */
  attempt(n: number, victim: Victim): { email: string; address: string }
}

const floods: Flood[] = [
  { kind: 'one account from one address', attempts: 10_000, attempt: (_, { email }) => ({ email, address: '203.0.113.7' }) },
  {
    kind: 'many accounts from one address',
    attempts: 2_000,
    attempt: (n) => ({ email: `nobody-${n}@example.com`, address: '203.0.113.8' }),
  },
  {
    kind: 'one account from many addresses',
    attempts: 2_000,
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
      const begun = performance.now()
      const others = startWork(t, system)
      const statuses = await sendAttempts(system, flood, victim)
      const { logins, calls } = await others.stop()
      const checked = statuses.get(401) ?? 0
      const hashes = (await counterOf(system.urls.users, 'password_hashes_total')) - hashesBefore
      const { capacity, everySeconds } = limits[flood.kind]
      const atMost = capacity + Math.ceil((performance.now() - begun) / 1_000 / everySeconds)

      t.strictSame([...statuses.keys()].sort(), [401, 429], 'each attempt is refused, and none in another way')
      t.ok(checked <= atMost, `${checked} were checked, where ${atMost} may be`)
      t.equal(hashes, checked + logins, 'those beyond the limit cost no hash')
      t.ok(logins >= 2 && calls >= 10, `meanwhile others logged in ${logins} times, called ${calls} times, and were never refused`)
      t.equal(
        (await logInFrom(system, '203.0.113.99', victim.email)) === 200,
        flood.kind !== 'one account from many addresses',
        'the owner, elsewhere',
      )
      t.equal(await logInFrom(system, victim.home, victim.email), 200, 'the owner, where they logged in before')
      t.comment(
        `${flood.kind}: ${flood.attempts} attempts, ${checked} checked, ${hashes - logins} hashed; others: ${logins} logins, ${calls} calls`,
      )
    })
  }
})

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

/** Sends all attempts, some at once; resolves to how many were answered how. */
async function sendAttempts({ urls }: IdentitySystem, { attempts, attempt }: Flood, victim: Victim): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  let next = 0
  const work = async () => {
    for (let n = next++; n < attempts; n = next++) {
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

/** Two others who log in and work, again and again, until they are stopped: a call of theirs that fails fails the test. */
function startWork(t: Test, { urls }: IdentitySystem) {
  const done = { logins: 0, calls: 0 }
  let stopped = false
  const work = async ({ email, password, companyId }: (typeof people)[keyof typeof people], address: string) => {
    const crm: CrmSessionClient = createCrmClient({
      baseUrl: urls.gateway,
      credentials: {},
      headers: { 'x-forwarded-for': address },
      maxRetries: 0,
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
  working.catch(() => {})
  return {
    async stop() {
      stopped = true
      await working
      return done
    },
  }
}
