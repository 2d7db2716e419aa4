import type { Executor } from '@crm/service-kit/database/database.ts'
import type { PeriodicTaskOptions } from '@crm/service-kit/maintenance/periodic-task.ts'
import { deadLettersKeptDays } from '../bus/bus.ts'
import { pruneInbox } from '../inbox/prune-inbox.ts'
import { pruneOutbox } from '../outbox/prune-outbox.ts'

/** Which of the package's tables a database has. */
export interface PrunedTables {
  outbox: boolean
  inbox: boolean
}

export const publishedKeptDays = 7
/** Longer than dead letters last, which may be replayed. */
export const processedKeptDays = deadLettersKeptDays + 15

const everyMs = 60_000

/** The periodic task that keeps outbox and inbox small: `app.register(periodicTask, eventPruning(db, { outbox: true, inbox: false }))`. */
export function eventPruning(db: Executor, tables: PrunedTables): PeriodicTaskOptions {
  return { task: 'prune events', everyMs, run: () => pruneEvents(db, tables) }
}

/** Deletes events published more than 7 days ago and forgets those processed more than 45 days ago; returns how many of each. */
export async function pruneEvents(db: Executor, tables: PrunedTables, now = new Date()): Promise<{ outbox: number; inbox: number }> {
  return {
    outbox: tables.outbox ? await pruneOutbox(db, { now, keepDays: publishedKeptDays }) : 0,
    inbox: tables.inbox ? await pruneInbox(db, { now, keepDays: processedKeptDays }) : 0,
  }
}
