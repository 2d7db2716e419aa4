import { randomUUID } from 'node:crypto'
import type { BusMessage } from '../../../packages/events/src/bus/bus.ts'
import type { Entry } from '../ledger/start-ledger.ts'
import { updatedMessage } from './lead-messages.ts'

/** The `lead.updated` of one lead, in order. */
export interface LeadHistory {
  leadId: string
  messages: BusMessage[]
}

/** Versions 1 and up of a lead; `ask` is the lead's name in the version given, which a ledger of askedBehaviour heeds. */
export function leadHistory(versions: number, ask?: { version: number; name: string }): LeadHistory {
  const leadId = randomUUID()
  const messages = Array.from({ length: versions }, (_, index) => {
    const version = index + 1
    return updatedMessage({ leadId, version, ...(version === ask?.version && { name: ask.name }) })
  })
  return { leadId, messages }
}

/** Picks from the lists at random until all are empty: each list keeps its order. */
export function interleaved<T>(lists: readonly (readonly T[])[]): T[] {
  const left = lists.map((list) => [...list]).filter((list) => list.length > 0)
  const all: T[] = []
  while (left.length > 0) {
    const at = Math.floor(Math.random() * left.length)
    const list = left[at] ?? []
    all.push(...list.splice(0, 1))
    if (list.length === 0) left.splice(at, 1)
  }
  return all
}

/** A header of a message as text. */
export function headerOf({ headers }: BusMessage, name: string): string {
  return String(headers[name])
}

export interface EntryFaults {
  /** Events without an entry. */
  missing: string[]
  /** Entries beyond one of each event. */
  doubled: string[]
  /** Entries of events that nobody expected there. */
  unexpected: string[]
}

/** Compares what a ledger has handled with the messages that it was to handle, once each. */
export function findEntryFaults(expected: readonly BusMessage[], entries: readonly Entry[]): EntryFaults {
  const ids = new Set(expected.map((message) => headerOf(message, 'ce_id')))
  const seen = new Set<string>()
  const faults: EntryFaults = { missing: [], doubled: [], unexpected: [] }
  for (const { eventId } of entries) {
    if (!ids.has(eventId)) faults.unexpected.push(eventId)
    else if (seen.has(eventId)) faults.doubled.push(eventId)
    seen.add(eventId)
  }
  faults.missing = [...ids].filter((id) => !seen.has(id))
  return faults
}

/** As findOrderFaults wants them. */
export function asOrdered({ recordId, eventId, sequence }: Entry) {
  return { key: recordId, id: eventId, sequence: sequence ?? Number.NaN }
}
