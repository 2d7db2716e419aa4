import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { startProcess, type Teardown } from '@crm/testing/processes.ts'
import { sampleCompanyIds } from 'user-service/sample-data/sample-data.ts'
import { logIn, logins } from '../gateway-system/log-in.ts'
import { startGatewaySystem, wideLimits } from '../gateway-system/start-system.ts'
import { withTeardown } from '../measurement/teardown.ts'
import { type Attack, type AttackResult, attackers } from './attack.ts'
import { type Other, type WorkDone, workUntil } from './others.ts'
import { describeFloods, type FloodRound, type FloodSummary, summarizeFloods } from './report.ts'

const rounds = 3
// As many as the gateway takes of one address by default, whatever they are.
const flood = { attempts: 10_000, perSecond: 500 }
const calmMs = 10_000
const others = 4
const password = 'a password of the benchmark'

const variants = [
  { name: 'address', title: 'One account, from one address', attacker: 'one account, one address' },
  { name: 'botnet', title: 'One account, from 10,000 addresses', attacker: 'one account, many addresses' },
] as const

/** Measures what floods of login attempts do to others who log in and work at the same gateway. */
export async function benchLoginFlood(): Promise<Record<string, FloodSummary>> {
  return await withTeardown(async (t) => {
    // The benchmark plays the load balancer that says where clients are. Against logins the gateway has its own limits.
    const { RATE_LIMIT_PER_USER } = wideLimits
    const { gateway } = await startGatewaySystem(t, { RATE_LIMIT_PER_USER })
    const create = await userCreator(gateway.url)
    for (const { attacker } of variants) {
      for (let round = 0; round < rounds; round++) await create(attackers[attacker](0, round).email)
    }
    await calm(gateway.url, await createOthers(create))
    const results: Record<string, FloodSummary> = {}
    for (const { name, title, attacker } of variants) {
      const measured: FloodRound[] = []
      for (let round = 0; round < rounds; round++) {
        // An account may log in about a hundred times in a round.
        const people = await createOthers(create)
        const before = await calm(gateway.url, people)
        measured.push({ calm: before, ...(await flooded(t, people, { url: gateway.url, attacker, round, ...flood })) })
      }
      results[name] = summarizeFloods(measured)
      console.log(describeFloods(title, summarizeFloods(measured)))
    }
    return results
  })
}

function calm(url: string, people: readonly Other[]): Promise<WorkDone> {
  return workUntil(url, people, AbortSignal.timeout(calmMs))
}

async function flooded(t: Teardown, people: readonly Other[], attack: Attack): Promise<Pick<FloodRound, 'flooded' | 'attack'>> {
  const over = new AbortController()
  const script = new URL('./attack.ts', import.meta.url).pathname
  const attacking = await startProcess(t, { command: process.execPath, args: [script, JSON.stringify(attack)] })
  const ended = attacking.exited.then(({ code }) => {
    over.abort()
    if (code !== 0) throw new Error(`the attack ended with ${code}: ${attacking.output()}`)
  })
  // Its first attempts come when its program is loaded.
  await delay(500)
  const [done] = await Promise.all([workUntil(attack.url, people, over.signal), ended])
  return { flooded: done, attack: JSON.parse(attacking.stdout()) as AttackResult }
}

type CreateUser = (email: string) => Promise<void>

async function userCreator(url: string): Promise<CreateUser> {
  const headers = await logIn(url, logins.admin)
  return async (email) => {
    const body = JSON.stringify({ email, password, role: 'CHILD_USER', companyId: sampleCompanyIds.acmeWest })
    const answer = await fetch(`${url}/v1/users`, { method: 'POST', headers, body })
    if (answer.status !== 201) throw new Error(`the user ${email} was answered ${answer.status}: ${await answer.text()}`)
  }
}

/** Others who have not logged in yet, each at an address of their own. */
async function createOthers(create: CreateUser): Promise<Other[]> {
  const people = Array.from({ length: others }, (_, n) => ({
    email: `other-${randomUUID()}@bench.example`,
    password,
    address: `198.51.100.${n + 1}`,
  }))
  for (const { email } of people) await create(email)
  return people
}
