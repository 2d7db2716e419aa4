import type { Entry } from '../ledger/start-ledger.ts'
import type { Load } from '../load/load.ts'

export interface NoteFaults {
  /** Created leads whose `lead.created` the ledger has not noted. */
  lost: string[]
  /** Notes beyond the one of each lead. */
  doubled: string[]
}

/**
 * Compares the leads that a load has created with what a ledger of lead.created has noted. It sees what crm-worker cannot show: to qualify
 * a lead once more changes nothing, to note it once more does.
 */
export function findNoteFaults({ writes }: Load, entries: readonly Entry[]): NoteFaults {
  const noted = new Set<string>()
  const doubled: string[] = []
  for (const { recordId } of entries) {
    if (noted.has(recordId)) doubled.push(`lead ${recordId} noted again`)
    noted.add(recordId)
  }
  const lost = writes.flatMap(({ answer }) => (answer && !noted.has(answer.id) ? [`lead ${answer.id} not noted`] : []))
  return { lost, doubled }
}
