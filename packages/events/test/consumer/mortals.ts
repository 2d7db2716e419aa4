import { join } from 'node:path'
import { until } from '@crm/testing/poll.ts'
import { startProcess, type Teardown, type TestProcess } from '@crm/testing/processes.ts'
import { effectsOf } from './effects.ts'
import type { MortalConsumer } from './mortal-consumer.ts'
import { type Prepared, timeoutMs } from './prepare.ts'

const script = join(import.meta.dirname, 'mortal-consumer.ts')

export interface Mortal {
  process: TestProcess
  /** The versions that were handled together, each time. */
  handled(): number[][]
  warnings(): string[]
}

/** Starts a consumer in a process of its own. */
export async function startMortal(
  t: Teardown,
  { place, url, topic, group }: Prepared,
  options: Partial<MortalConsumer> = {},
): Promise<Mortal> {
  const settings: MortalConsumer = { place, databaseUrl: url, topic, group, ...options }
  const process = await startProcess(t, {
    command: globalThis.process.execPath,
    args: [script, JSON.stringify(settings)],
    // What the test runner has node import is no part of the product.
    env: { NODE_OPTIONS: undefined },
  })
  const said = (what: string) => [...process.stdout().matchAll(new RegExp(`^${what} (.*)$`, 'gm'))].map(([, rest = '']) => rest)
  return {
    process,
    handled: () => said('handling').map((versions) => versions.split(',').map(Number)),
    warnings: () => said('warn'),
  }
}

/** Starts it again each time it dies, until one process lives to see the condition; returns all of them. */
export async function untilOneSurvives(
  t: Teardown,
  prepared: Prepared,
  condition: () => Promise<boolean>,
  options: Partial<MortalConsumer> = {},
): Promise<Mortal[]> {
  const mortals: Mortal[] = []
  for (;;) {
    const mortal = await startMortal(t, prepared, options)
    mortals.push(mortal)
    const over = new AbortController()
    const died = mortal.process.exited.then((exit) => {
      if (exit.signal !== 'SIGKILL') throw new Error(`a consumer ended by itself: ${JSON.stringify(exit)} ${mortal.process.output()}`)
      return true
    })
    const lived = until(async () => over.signal.aborted || (await condition()), { timeoutMs, what: 'the condition' }).then(() => false)
    const isDead = await Promise.race([died, lived])
    over.abort()
    await lived
    if (!isDead) return mortals
    if (mortals.length > 12) throw new Error('it dies for ever')
  }
}

/** Whether so many effects are there and nothing is left to do. */
export async function isDone({ db, bus, group, topic }: Prepared, effects: number): Promise<boolean> {
  return (await effectsOf(db)).length >= effects && (await bus.lag(group, [topic])).get(topic) === 0
}

/** What the database knows of a partition. */
export async function markOf({ db, group, topic }: Prepared, partition: number) {
  const [row] = await db.sql<{ first: number | null; last: number | null; deaths: number | null; attempts: number | null }[]>`
    select first_offset::float8 as first, last_offset::float8 as last,
      (suspicion->>'deaths')::int as deaths, (suspicion->>'attempts')::int as attempts
    from deliveries where group_name = ${group} and topic = ${topic} and partition = ${partition}`
  return row
}
