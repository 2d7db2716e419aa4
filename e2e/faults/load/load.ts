import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { west } from '@crm/testing/all-in-one.ts'
import type { Teardown } from '@crm/testing/processes.ts'
import { patienceMs } from '../scale.ts'
import { type Client, carryOut, type Write, type WriteRecord } from './writes.ts'

export interface LoadOptions {
  /** Base URLs of the service's instances: attempts go to each in turn. */
  urls: readonly string[]
  /** The next write; undefined when there are no more. */
  next(): Write | undefined
  /** So many clients, each of which sends a write when the one before is settled; or so many writes begun a second, come what may. */
  pace: { clients: number } | { perSecond: number }
  /** Whom the writes are for; default the sample CHILD_USER of Acme West. */
  userId?: string
  /** Shown with each attempt, where the URLs are a gateway's. */
  accessToken?: string
}

/** Writes going on until they are stopped, over connections that are kept. */
export interface Load {
  /** Every write begun so far, in order; those without an outcome too. */
  readonly writes: readonly WriteRecord[]
  /** How many are acknowledged. */
  acknowledged(): number
  /** Begins no more writes and resolves when the outcome of each is known. Rejects as `finished` does. */
  stop(): Promise<void>
  /**
   * Resolves when there were no more writes and the outcome of each is known. Rejects then when an answer was not one that the document of
   * the public API names.
   */
  readonly finished: Promise<void>
}

const tickMs = 10

export function startLoad(t: Teardown, options: LoadOptions): Load {
  const { urls, next, pace, userId = west, accessToken } = options
  const agent = new Agent({ keepAlive: true, maxSockets: 'clients' in pace ? pace.clients : 128 })
  const writes: WriteRecord[] = []
  let acknowledged = 0
  const faults = new Set<string>()
  const abandoned = new AbortController()
  let stopping = false
  let turn = 0
  const client: Client = {
    ...{ agent, userId, accessToken, giveUpMs: patienceMs, signal: abandoned.signal },
    nextUrl: () => urls[turn++ % urls.length] ?? '',
    onFault: (fault) => faults.add(fault),
  }

  async function carryOutNext(): Promise<boolean> {
    const write = stopping ? undefined : next()
    if (write === undefined) return false
    const record: WriteRecord = { ...write, attempts: [] }
    writes.push(record)
    await carryOut(record, client)
    if (record.answer) acknowledged++
    return true
  }

  async function clientsOneAfterAnother(count: number): Promise<void> {
    const oneAfterAnother = async () => {
      while (await carryOutNext());
    }
    await Promise.all(Array.from({ length: count }, oneAfterAnother))
  }

  async function atRate(perSecond: number): Promise<void> {
    const began = performance.now()
    const begun: Promise<boolean>[] = []
    for (let more = true; more && !stopping; await sleep(tickMs)) {
      const due = Math.floor(((performance.now() - began) / 1000) * perSecond)
      while (begun.length < due && more) {
        const before = writes.length
        begun.push(carryOutNext())
        more = writes.length > before
      }
    }
    await Promise.all(begun)
  }

  async function run(): Promise<void> {
    await ('clients' in pace ? clientsOneAfterAnother(pace.clients) : atRate(pace.perSecond))
    if (faults.size > 0) throw new Error([...faults].join('\n'))
  }

  const finished = run()
  // Whoever waits for it sees the rejection; nobody may.
  finished.catch(() => {})
  t.teardown(() => {
    stopping = true
    abandoned.abort()
    agent.destroy()
  })
  return {
    writes,
    acknowledged: () => acknowledged,
    async stop() {
      stopping = true
      await finished
    },
    finished,
  }
}
