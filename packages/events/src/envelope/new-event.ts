import { newId } from '@crm/service-kit/ids/new-id.ts'
import type { EventContract, PayloadOf } from '../contracts/contract.ts'
import { payloadFault } from './payload-validation.ts'

/** What an event was made for: a request, or the event that caused it. */
export interface EventContext {
  requestId?: string | null | undefined
  traceparent?: string | null | undefined
}

/** An event that is not stored yet. */
export interface NewEvent<C extends EventContract = EventContract> {
  readonly id: string
  readonly type: C['type']
  readonly source: C['source']
  /** The record the event follows; events of one record keep their order. */
  readonly recordId: string
  /** The record's version after the change; null where the contract has no sequence. */
  readonly sequence: number | null
  readonly payload: PayloadOf<C>
  readonly occurredAt: Date
  readonly requestId: string | null
  readonly traceparent: string | null
}

export interface NewEventInput<C extends EventContract> {
  recordId: string
  sequence: number | null
  payload: PayloadOf<C>
  occurredAt: Date
  context: EventContext
}

/** Makes an event with an id of its own (UUIDv7). Throws when payload or sequence break the contract: an error of the program. */
export function newEvent<C extends EventContract>(contract: C, input: NewEventInput<C>): NewEvent<C> {
  const fault = sequenceFault(contract, input.sequence) ?? payloadFault(contract, input.payload)
  if (fault) throw new Error(`${contract.type} breaks its contract: ${fault}`)
  return {
    id: newId(),
    type: contract.type,
    source: contract.source,
    recordId: input.recordId,
    sequence: input.sequence,
    payload: input.payload,
    occurredAt: input.occurredAt,
    requestId: input.context.requestId ?? null,
    traceparent: input.context.traceparent ?? null,
  }
}

/** What is wrong with a sequence by the contract; undefined when nothing is. */
export function sequenceFault(contract: EventContract, sequence: number | null): string | undefined {
  if (contract.sequence === 'none') return sequence === null ? undefined : 'it has no sequence'
  return sequence !== null && Number.isSafeInteger(sequence) && sequence > 0 ? undefined : 'its sequence must be the version of the record'
}
