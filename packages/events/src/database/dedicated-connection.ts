import type { Database } from '@crm/service-kit/database/database.ts'
import postgres from 'postgres'

export interface ConnectionHooks {
  /** Called each time the connection is gone; the next query opens another, a new session. */
  onclose?: () => void
  /** Called for each notification of the channels the session listens to. */
  onnotify?: (channel: string, payload: string) => void
}

/**
 * A client of the same database with one connection, opened by its first query, that is never given back or recycled: for what
 * belongs to a session, such as advisory locks and LISTEN. Its owner ends it.
 */
export function dedicatedConnection(db: Database, hooks: ConnectionHooks): postgres.Sql {
  // The client takes its own parsed options again; it does the same for its listen().
  const { options } = db.sql as postgres.Sql
  const dedicated = { ...options, max: 1, idle_timeout: null, max_lifetime: null, ...hooks }
  return postgres(dedicated as unknown as postgres.Options<Record<string, never>>)
}
