import type { BusRecord } from '../bus/bus.ts'
import type { EventContract, PayloadOf } from '../contracts/contract.ts'
import { sequenceFault } from './new-event.ts'
import { payloadFault } from './payload-validation.ts'

/** An event as a consumer sees it; `type` tells the payload's type. */
export type ReceivedEvent<C extends EventContract = EventContract> = C extends EventContract
  ? {
      readonly id: string
      readonly type: C['type']
      readonly source: string
      readonly recordId: string
      /** The record's version after the change; null where the contract has no sequence. */
      readonly sequence: number | null
      readonly payload: PayloadOf<C>
      readonly occurredAt: Date
      readonly requestId: string | null
      readonly traceparent: string | null
      readonly topic: string
      readonly partition: number
      readonly offset: number
    }
  : never

/** A record that no attempt will ever turn into an event the consumer knows. */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError'
  readonly record: BusRecord

  constructor(record: BusRecord, fault: string) {
    super(`malformed event in ${record.topic}, partition ${record.partition}, offset ${record.offset}: ${fault}`)
    this.record = record
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const json = /^application\/json\s*(;|$)/i
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads a record as an event of one of the contracts, by type. Throws MalformedEventError that says what is wrong. */
export function decodeMessage<C extends EventContract>(record: BusRecord, contractsByType: ReadonlyMap<string, C>): ReceivedEvent<C> {
  const fail = (fault: string): never => {
    throw new MalformedEventError(record, fault)
  }
  if (record.unreadable) fail(record.unreadable.reason)
  const header = (name: string) => optionalHeader(record, name) ?? fail(`header ${name} is missing`)

  const specversion = header('ce_specversion')
  if (specversion !== '1.0') fail(`ce_specversion is '${specversion}', not 1.0`)
  const id = header('ce_id')
  if (!uuid.test(id)) fail(`ce_id '${id}' is not a UUID`)
  const type = header('ce_type')
  const contract = contractsByType.get(type) ?? fail(`type '${type}' is unknown to this consumer`)
  const contentType = header('content-type')
  if (!json.test(contentType)) fail(`content-type is '${contentType}', not application/json`)
  const occurredAt = new Date(header('ce_time'))
  if (Number.isNaN(occurredAt.getTime())) fail(`ce_time '${header('ce_time')}' is not a time`)
  const sequence = readSequence(optionalHeader(record, 'ce_sequence'))
  const badSequence = sequenceFault(contract, sequence)
  if (badSequence) fail(`ce_sequence: ${badSequence}`)
  const payload = parseValue(record.value) ?? fail('the value is not JSON in UTF-8')
  const badPayload = payloadFault(contract, payload.value)
  if (badPayload) fail(badPayload)

  return {
    id: id.toLowerCase(),
    type,
    source: header('ce_source'),
    recordId: header('ce_subject'),
    sequence,
    payload: payload.value,
    occurredAt,
    requestId: optionalHeader(record, 'ce_requestid') ?? null,
    traceparent: optionalHeader(record, 'traceparent') ?? null,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
  } as ReceivedEvent<C>
}

function optionalHeader(record: BusRecord, name: string): string | undefined {
  return Object.hasOwn(record.headers, name) ? record.headers[name]?.toString() : undefined
}

function readSequence(text: string | undefined): number | null {
  if (text === undefined) return null
  return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
}

function parseValue(value: Buffer | null): { value: unknown } | undefined {
  try {
    return value === null ? undefined : { value: JSON.parse(utf8.decode(value)) }
  } catch {
    return undefined
  }
}
