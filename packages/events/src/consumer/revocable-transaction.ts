import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import { dedicatedConnection } from '../database/dedicated-connection.ts'
import { pause } from '../timing/pause.ts'

const retryMs = 1_000

/**
 * Runs `work` in a transaction that never commits once the signal is aborted. It then rejects at once with the signal's reason,
 * whatever `work` waits for, and the server ends the transaction's session: its locks are free, and late statements of `work` fail.
 */
export async function revocableTransaction<T>(db: Database, signal: AbortSignal, work: (tx: Executor) => Promise<T>): Promise<T> {
  const over = new AbortController()
  const transaction = db.transaction(async (tx) => {
    signal.throwIfAborted()
    // Sent together with the first statement of the work, so it costs no wait.
    const pid = backendPid(tx)
    try {
      return await untilAborted(work(tx), signal)
    } catch (error) {
      // While this function waits, the transaction keeps its connection, so the session ended is no other's.
      if (signal.aborted) await endSession(db, await pid, over.signal)
      throw error
    }
  })
  return await untilAborted(
    transaction.finally(() => over.abort()),
    signal,
  )
}

/** What the promise settles to; rejects when the signal is aborted before that or at that moment. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    if (signal.aborted) abort()
    const result = await Promise.race([promise, aborted.promise])
    signal.throwIfAborted()
    return result
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function backendPid(tx: Executor): Promise<number | undefined> {
  return tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`.then(
    ([row]) => row?.pid,
    () => undefined,
  )
}

/** Ends a session, the only way out of a transaction whose statement or handler hangs; gives up when it is over by itself. */
async function endSession(db: Database, pid: number | undefined, over: AbortSignal): Promise<void> {
  if (pid === undefined) return
  // The pool may be full of transactions that hang.
  const sql = dedicatedConnection(db, {})
  try {
    while (!over.aborted) {
      const ended = sql`select pg_terminate_backend(${pid}, 5000)`.then(() => true)
      if (await ended.catch(() => false)) return
      await pause(retryMs, over)
    }
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {})
  }
}
