import type { Database } from '@crm/service-kit/database/database.ts'
import { within } from '../timing/within.ts'
import { dedicatedConnection } from './dedicated-connection.ts'

/** The database neither answers nor refuses: no handler is to blame for being late. */
export class DatabaseSilentError extends Error {
  override readonly name = 'DatabaseSilentError'
}

const answerMs = 3_000
/** Milliseconds: more than the server itself lets a statement, or a wait for a lock, take. */
export const silenceMs = 15_000

/** Settles as the runtime's own statements do; rejects with DatabaseSilentError when they take more than 15 s: the server may be gone without a word. */
export async function answered<T>(statements: Promise<T>): Promise<T> {
  return await within(statements, silenceMs, () => new DatabaseSilentError(`the database said nothing for ${silenceMs} ms`))
}

/** Rejects with DatabaseSilentError when the database does not answer within 3 s, on a connection of its own: the pool may be full. */
export async function requireAnswer(db: Database): Promise<void> {
  const sql = dedicatedConnection(db, {})
  const over = Promise.withResolvers<never>()
  const timer = setTimeout(() => over.reject(new DatabaseSilentError(`the database did not answer within ${answerMs} ms`)), answerMs)
  try {
    await Promise.race([sql`select`, over.promise])
  } catch (cause) {
    throw cause instanceof DatabaseSilentError ? cause : new DatabaseSilentError('the database did not answer', { cause })
  } finally {
    clearTimeout(timer)
    void sql.end({ timeout: 1 }).catch(() => {})
  }
}
