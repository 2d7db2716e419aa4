import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'

/** How login attempts are spread: over accounts and addresses. */
export const attackers = {
  'one account, one address': (_n: number, round: number) => ({ email: `victim-${round}@bench.example`, address: `203.0.113.${round}` }),
  'one account, many addresses': (n: number, round: number) => ({
    email: `hunted-${round}@bench.example`,
    address: `10.${round}.${n >> 8}.${n & 255}`,
  }),
} as const

export type AttackerName = keyof typeof attackers

export interface Attack {
  url: string
  attacker: AttackerName
  round: number
  attempts: number
  perSecond: number
}

export interface AttackResult {
  seconds: number
  /** Attempts by the status they were answered with. */
  statuses: Record<string, number>
}

/** Sends attempts by the clock, whether or not those before are answered: an attacker does not wait. */
async function attack({ url, attacker, round, attempts, perSecond }: Attack): Promise<AttackResult> {
  const dispatcher = new Agent({ connections: 64 })
  const statuses: Record<string, number> = {}
  const send = async (n: number) => {
    const { email, address } = attackers[attacker](n, round)
    const { statusCode, body } = await request(`${url}/v1/auth/login`, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ email, password: `guess ${n}` }),
    })
    await body.dump()
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1
  }
  const begun = performance.now()
  const sent: Promise<void>[] = []
  for (let n = 0; n < attempts; n++) {
    await delay(Math.max(0, begun + (n * 1_000) / perSecond - performance.now()))
    sent.push(send(n))
  }
  await Promise.all(sent)
  await dispatcher.close()
  return { seconds: (performance.now() - begun) / 1_000, statuses }
}

// A process of its own: what it does must not delay those who are measured.
if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await attack(JSON.parse(process.argv[2] ?? '{}') as Attack)))
