import type { BusRecord } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import { decodeMessage, type ReceivedEvent } from '../envelope/decode-message.ts'

export interface DecodedBatch<C extends EventContract> {
  /** The records before the first that cannot be decoded. */
  events: ReceivedEvent<C>[]
  /** What is wrong with that one. */
  fault?: { error: unknown }
}

/** Decodes records up to the first that cannot be: it must not hold up those before it. Never throws. */
export function decodeBatch<C extends EventContract>(records: readonly BusRecord[], contracts: ReadonlyMap<string, C>): DecodedBatch<C> {
  const events: ReceivedEvent<C>[] = []
  for (const record of records) {
    try {
      events.push(decodeMessage(record, contracts))
    } catch (error) {
      return { events, fault: { error } }
    }
  }
  return { events }
}
