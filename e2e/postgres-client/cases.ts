import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { backendsGone, terminateAll, terminateRepeatedly } from './backends.ts'
import { startFaultyProxy } from './faulty-proxy.ts'
import { openLedger } from './ledger.ts'
import { options, reached, usable } from './pool.ts'
import { keepCalling, outcomeOf } from './settle.ts'

/** A situation, played out against the server at `url`; what it resolves to is judged by the test. */
export type Case = (url: string) => Promise<Record<string, unknown>>

export const backendsTerminatedUnderStatements: Case = async (url) => {
  const sql = postgres(url, { ...options, max: 3 })
  const counts = await keepCalling(12, () => sql`select pg_sleep(0.003)`, terminateRepeatedly(url))
  return { ...counts, usable: await usable(sql) }
}

export const backendsTerminatedUnderTransactions: Case = async (url) => {
  const sql = postgres(url, { ...options, max: 3 })
  const ledger = await openLedger(url)
  const counts = await keepCalling(12, () => ledger.bookTwice(sql), terminateRepeatedly(url))
  return { ...counts, ...(await ledger.audit()), usable: await usable(sql) }
}

export const serverKilledUnderLoad: Case = async (url) => {
  const sql = postgres(url, { ...options, max: 4 })
  const ledger = await openLedger(url)
  const counts = await keepCalling(
    16,
    () => ledger.bookTwice(sql),
    async (soFar) => {
      await reached(() => soFar.fulfilled > 100)
      process.stdout.write('under load\n')
      await reached(() => soFar.rejected > 0)
      const before = soFar.fulfilled
      await reached(() => soFar.fulfilled > before + 100)
    },
  )
  return { ...counts, ...(await ledger.audit()), usable: await usable(sql) }
}

/** The only connection of the pool is lost between two statements and opened again by somebody else before the second. */
export const onlyConnectionLostInTransaction: Case = async (url) => {
  const sql = postgres(url, { ...options, max: 1 })
  await sql`create table notes (text text)`
  let second: unknown
  let swallowed: unknown
  const transaction = await outcomeOf(
    sql.begin(async (tx) => {
      await tx`insert into notes values ('before the loss')`
      await terminateAll(url)
      await reached(async () => await usable(sql))
      second = await outcomeOf(tx`insert into notes values ('after the loss')`)
      swallowed = await outcomeOf(tx.savepoint((nested) => nested`insert into notes values ('in a savepoint')`))
      return 'returned as if nothing had happened'
    }),
  )
  // The transaction is over for its caller before its body has noticed.
  await reached(() => swallowed !== undefined)
  const kept = await sql<{ text: string }[]>`select text from notes`
  return { transaction, second, swallowed, kept: kept.map(({ text }) => text), usable: await usable(sql) }
}

export const idleTransactionTimedOut: Case = async (url) => {
  const sql = postgres(url, { ...options, max: 1, connection: { idle_in_transaction_session_timeout: 100 } })
  const late: unknown[] = []
  const transaction = await outcomeOf(
    sql.begin(async (tx) => {
      await tx`select 1`
      await backendsGone(url)
      late.push(...(await Promise.all([outcomeOf(tx`select 1`), outcomeOf(tx`select 2`)])))
    }),
  )
  await reached(() => late.length === 2)
  return { transaction, late, usable: await usable(sql) }
}

export const reservedConnectionLost: Case = async (url) => {
  const sql = postgres(url, { ...options, max: 1 })
  const reserved = await sql.reserve()
  await reserved`select 1`
  await terminateAll(url)
  await reached(async () => await usable(sql))
  const late = await outcomeOf(reserved`select 2`)
  reserved.release()
  const again = await outcomeOf(sql.reserve().then((connection) => connection.release()))
  return { late, again, usable: await usable(sql) }
}

/** Plays while nothing listens at `url`; the server comes up once `refused` was said. */
export const refusedAtFirstUse: Case = async (url) => {
  const sql = postgres(url, { ...options, max: 2, backoff: () => 1 })
  const calls = [
    ...Array.from({ length: 30 }, () => outcomeOf(sql`select 1`)),
    outcomeOf(sql.begin((tx) => tx`select 1`)),
    outcomeOf(sql.reserve()),
  ]
  const settled = await Promise.all(calls)
  process.stdout.write('refused\n')
  await reached(async () => await usable(sql))
  const both = await Promise.all([
    outcomeOf(sql.begin((tx) => tx`select 1`)),
    outcomeOf(sql.reserve().then((connection) => connection.release())),
  ])
  return {
    rejected: settled.filter(wasRejected).length,
    of: settled.length,
    afterwards: both.filter((one) => !wasRejected(one)).length,
    usable: await usable(sql),
  }
}

export const closedWhileRefused: Case = async (url) => {
  const sql = postgres(url, { ...options, max: 2, backoff: () => 30 })
  const first = await outcomeOf(sql`select 1`)
  await sleep(50)
  const waiting = Array.from({ length: 20 }, () => outcomeOf(sql`select 1`))
  // By now one call waits out the backoff of a connection, which lasts longer than anybody would wait for the process to end.
  await sleep(50)
  const closed = await outcomeOf(sql.end({ timeout: 1 }))
  const settled = await Promise.all(waiting)
  return { first: wasRejected(first), closed: closed !== 'unsettled', rejected: settled.filter(wasRejected).length }
}

export const lostWhileFetchingTypes: Case = async (url) => {
  const proxy = await startFaultyProxy(url)
  const sql = postgres(proxy.url, { ...options, max: 2 })
  proxy.cut = { whenClientSends: 'pg_type' }
  const during = await Promise.all([outcomeOf(sql`select 1`), outcomeOf(sql.begin((tx) => tx`select 1`)), outcomeOf(sql.reserve())])
  const { cuts } = proxy
  proxy.cut = 'never'
  await reached(async () => await usable(sql))
  const arrays = await outcomeOf(sql`select ${[1, 2]}::int[] as numbers`)
  await sql.end()
  proxy.close()
  return { cuts, during, arrays }
}

export const closedBeforeGreeting: Case = async (url) => {
  const proxy = await startFaultyProxy(url)
  const sql = postgres(proxy.url, { ...options, max: 2 })
  proxy.cut = 'at-once'
  const during = await Promise.all(Array.from({ length: 10 }, () => outcomeOf(sql`select 1`)))
  proxy.cut = 'never'
  await reached(async () => await usable(sql))
  await sql.end()
  proxy.close()
  return { rejected: during.filter(wasRejected).length }
}

/** A value that cannot be sent is the fault of its own statement, whatever else is on the way on that connection. */
export const unsendableValueAmongOthers: Case = async (url) => {
  const sql = postgres(url, { ...options, max: 1 })
  const echo = (text: string) => sql`select ${text}::text as text`.then(([row]) => row?.text as unknown)
  const timeOf = (date: Date) => sql`select ${date}::timestamptz as time`
  // Statements known to the server are sent one behind another without waiting.
  await echo('known')
  await timeOf(new Date())
  const [before, bad, after, last] = await Promise.all([
    outcomeOf(echo('before')),
    outcomeOf(timeOf(new Date(Number.NaN))),
    outcomeOf(echo('after')),
    outcomeOf(echo('last')),
  ])
  return { before, bad, after, last, usable: await usable(sql) }
}

function wasRejected(outcome: Awaited<ReturnType<typeof outcomeOf>>): boolean {
  return outcome !== 'unsettled' && 'rejected' in outcome
}
