import { pruneInBatches } from '@crm/events/database/prune-in-batches.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { deleteUselessTokens, forgetSuccessors } from './refresh-tokens.repository.ts'
import { deleteOldSessions } from './sessions.repository.ts'

/**
 * Deletes sessions a month after they ended, with their tokens; tokens that no session would take any more; and what continues a token
 * once its time of grace is over. Returns how many rows of each.
 */
export async function pruneSessions(db: Executor): Promise<{ sessions: number; tokens: number; successors: number }> {
  return {
    successors: await pruneInBatches((rows) => forgetSuccessors(db, rows)),
    sessions: await pruneInBatches((rows) => deleteOldSessions(db, rows)),
    tokens: await pruneInBatches((rows) => deleteUselessTokens(db, rows)),
  }
}
