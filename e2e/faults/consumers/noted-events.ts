import type { Entry } from '../ledger/start-ledger.ts'
import type { TopicRecord } from '../topics.ts'

export interface NoteFaults {
  /** Events that were sent and that the ledger has not noted. */
  lost: string[]
  /** Notes beyond the one of each event. */
  doubled: string[]
}

/**
 * Compares the records of some topics with what a ledger of these topics has noted. It sees what crm-worker cannot show: to qualify a lead
 * once more changes nothing, to note an event once more does.
 */
export function findNoteFaults(records: readonly TopicRecord[], entries: readonly Pick<Entry, 'eventId'>[]): NoteFaults {
  const noted = new Set<string>()
  const doubled: string[] = []
  for (const { eventId } of entries) {
    if (noted.has(eventId)) doubled.push(`event ${eventId} noted again`)
    noted.add(eventId)
  }
  const sent = new Set(records.map(({ id }) => id))
  const lost = [...sent].filter((id) => !noted.has(id)).map((id) => `event ${id} not noted`)
  return { lost, doubled }
}
