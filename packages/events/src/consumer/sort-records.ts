import type { BusRecord } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import { isReplayForOthers } from '../dead-letters/dead-letter.ts'
import { decodeMessage, MalformedEventError, type ReceivedEvent } from '../envelope/decode-message.ts'

export interface SortedRecords<C extends EventContract> {
  events: ReceivedEvent<C>[]
  /** Records that no attempt will ever turn into an event the consumer knows, and why. */
  malformed: MalformedRecord[]
}

export interface MalformedRecord {
  record: BusRecord
  error: MalformedEventError
}

/** Tells a group's events from what cannot be read; leaves out what was sent again for another group. */
export function sortRecords<C extends EventContract>(
  records: readonly BusRecord[],
  group: string,
  contracts: ReadonlyMap<string, C>,
): SortedRecords<C> {
  const sorted: SortedRecords<C> = { events: [], malformed: [] }
  for (const record of records) {
    if (isReplayForOthers(record, group)) continue
    try {
      sorted.events.push(decodeMessage(record, contracts))
    } catch (error) {
      if (!(error instanceof MalformedEventError)) throw error
      sorted.malformed.push({ record, error })
    }
  }
  return sorted
}
