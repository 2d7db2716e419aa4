import { join } from 'node:path'
import { until } from '@crm/testing/poll.ts'
import { startProcess, type Teardown, type TestProcess } from '@crm/testing/processes.ts'
import { nodeOptions } from '@crm/testing/service-processes.ts'
import type { ConsumerProcessSettings } from './consumer-process.ts'
import { effectsOf } from './effects.ts'
import { type Prepared, timeoutMs } from './prepare.ts'

const script = join(import.meta.dirname, 'consumer-process.ts')

export interface ConsumerProcess {
  process: TestProcess
  /** The versions that were handled together, each time. */
  handled(): number[][]
  warnings(): string[]
}

/** Starts a consumer in a process of its own. */
export async function startConsumerProcess(
  t: Teardown,
  { place, url, topic, group }: Prepared,
  options: Partial<ConsumerProcessSettings> = {},
): Promise<ConsumerProcess> {
  const settings: ConsumerProcessSettings = { place, databaseUrl: url, topic, group, ...options }
  const process = await startProcess(t, {
    command: globalThis.process.execPath,
    args: [script, JSON.stringify(settings)],
    // What the test runner has node import is no part of the product.
    env: { NODE_OPTIONS: nodeOptions },
  })
  const said = (what: string) => [...process.stdout().matchAll(new RegExp(`^${what} (.*)$`, 'gm'))].map(([, rest = '']) => rest)
  return {
    process,
    handled: () => said('handling').map((versions) => versions.split(',').map(Number)),
    warnings: () => said('warn'),
  }
}

/** Starts it again each time it crashes, until one process lives to see the condition; returns all of them. */
export async function untilOneSurvives(
  t: Teardown,
  prepared: Prepared,
  condition: () => Promise<boolean>,
  options: Partial<ConsumerProcessSettings> = {},
): Promise<ConsumerProcess[]> {
  const processes: ConsumerProcess[] = []
  for (;;) {
    const started = await startConsumerProcess(t, prepared, options)
    processes.push(started)
    const over = new AbortController()
    const crashed = started.process.exited.then((exit) => {
      const isUncaught = exit.code === 1 && started.process.stdout().includes('met an uncaught error')
      if (exit.signal !== 'SIGKILL' && !isUncaught)
        throw new Error(`a consumer ended by itself: ${JSON.stringify(exit)} ${started.process.output()}`)
      return true
    })
    const lived = until(async () => over.signal.aborted || (await condition()), { timeoutMs, what: 'the condition' }).then(() => false)
    const hasCrashed = await Promise.race([crashed, lived])
    over.abort()
    await lived
    if (!hasCrashed) return processes
    if (processes.length > 12) throw new Error('it crashes for ever')
  }
}

/** Whether so many effects are there and nothing is left to do. */
export async function isDone({ db, bus, group, topic }: Prepared, effects: number): Promise<boolean> {
  return (await effectsOf(db)).length >= effects && (await bus.lag(group, [topic])).get(topic) === 0
}

/** What the database knows of a partition. */
export async function partitionRow({ db, group, topic }: Prepared, partition: number) {
  const [row] = await db.sql<{ first: number | null; last: number | null; crashes: number | null; attempts: number | null }[]>`
    select in_flight_first::float8 as first, in_flight_last::float8 as last,
      (retry_state->>'crashes')::int as crashes, (retry_state->>'attempts')::int as attempts
    from consumer_partitions where group_name = ${group} and topic = ${topic} and partition = ${partition}`
  return row
}
