import { setTimeout as sleep } from 'node:timers/promises'

const preparing = new Set(['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP'])
const patience = { tries: 20, everyMs: 250 }

/** Joins a group, again for some seconds while the brokers are there and only the group's coordinator is not ready: after a start or a first group. */
export async function whenCoordinatorReady<T>(join: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await join()
    } catch (error) {
      if (!isPreparing(error) || attempt === patience.tries) throw error
      await sleep(patience.everyMs)
    }
  }
}

function isPreparing(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('type' in cause && preparing.has(String(cause.type))) return true
  }
  return false
}
