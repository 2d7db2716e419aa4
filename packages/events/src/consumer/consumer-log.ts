import type { BusRecord } from '../bus/bus.ts'
import { deadLetterId } from '../dead-letters/dead-letter.ts'
import { MalformedEventError, type ReceivedEvent } from '../envelope/decode-message.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { shortened, visibleText } from '../logging/visible-text.ts'
import type { PartitionOwnership } from './consumer-partitions.ts'
import { StoppedError } from './errors.ts'
import { type AttemptKind, attemptsAtMost, originalError } from './failure.ts'
import { crashesAtMost, type OffsetRange } from './retry-state.ts'

interface Failure {
  error: unknown
  /** How long the partition rests. */
  pauseMs: number
}

export type ConsumerLog = ReturnType<typeof createConsumerLog>

/** What is worth a line of the log, with the group's place and, where a record is meant, what its request was called. */
export function createConsumerLog(logger: EventLogger, { group, topic, partition }: PartitionOwnership) {
  const place = { group, topic, partition }
  const at = (record: BusRecord | undefined) => ({ ...place, ...(record && { offset: record.offset, ...namesIn(record) }) })
  return {
    handled(events: readonly ReceivedEvent[]): void {
      for (const { id: eventId, offset, recordId, requestId, traceparent } of events)
        logger.info({ ...place, offset, ...safeNames({ eventId, recordId, requestId, traceparent }) }, 'event handled')
    },
    failed(record: BusRecord, { error, pauseMs, attempt, kind }: Failure & { attempt: number; kind: AttemptKind }): void {
      const err = originalError(error)
      logger.error(
        { ...at(record), attempt, attemptsAtMost: attemptsAtMost[kind], pauseMs, err },
        'consumer failed; the partition is delivered again from this offset',
      )
    },
    pauseGoesOn(record: BusRecord | undefined, pauseMs: number): void {
      logger.info({ ...at(record), pauseMs }, 'an event failed before; its partition waits for the rest of the pause')
    },
    batchFailed(first: BusRecord, records: number, error: unknown): void {
      const err = originalError(error)
      logger.warn({ ...at(first), records, err }, 'consumer failed on events handled together; each is handled alone')
    },
    contention(first: BusRecord, records: number, error: unknown): void {
      const err = originalError(error)
      logger.warn(
        { ...at(first), records, err },
        'another transaction was in the way of events handled together; they are handled once more',
      )
    },
    gaveUp(record: BusRecord, error: unknown, attempts: number): void {
      const err = error instanceof MalformedEventError ? withoutRecord(error) : originalError(error)
      const names = { ...at(record), deadLetterId: deadLetterId(record, group) }
      logger.error({ ...names, attempts, err }, 'event was given up and stored as a dead letter')
    },
    crashFound({ first, last }: OffsetRange, crashes: number): void {
      const text = 'a consumer ended without finishing the events it handled; they are handled one by one'
      logger.warn({ ...place, offset: first, lastOffset: last, crashes, crashesAtMost }, text)
    },
    stateUnreadable(fault: string): void {
      const text = 'the retry state of a partition cannot be read; it goes on without, so attempts and crashes are counted anew'
      logger.error({ ...place, fault }, text)
    },
    cutOff(reason: unknown): void {
      const why = reason instanceof StoppedError ? 'was stopped' : 'lost a partition'
      logger.warn(place, `consumer ${why} while it handled events of it; they are delivered again`)
    },
    notReleased(): void {
      const text = 'what was in flight cannot be cleared, since the database does not answer; the next consumer counts it as one crash'
      logger.warn(place, text)
    },
    leftInFlight(): void {
      logger.warn(place, 'the process failed while these events were in flight; the next consumer counts that as a crash')
    },
    failedWithProcess(record: BusRecord | undefined, error: unknown): void {
      const text = 'consumer failed in a process that fails; what was in flight counts as a crash, and not as an attempt'
      logger.error({ ...at(record), err: originalError(error) }, text)
    },
    /** The first few in a row, then one a minute or so. */
    interrupted(record: BusRecord | undefined, { error, pauseMs, failures }: Failure & { failures: number }): void {
      if (failures > 3 && failures % 12 !== 0) return
      const text = 'consumer cannot go on now, by no fault of its events; it retries, and the attempt does not count'
      logger.warn({ ...at(record), failures, pauseMs, err: originalError(error) }, text)
    },
    goesOn(failures: number): void {
      logger.info({ ...place, failures }, 'consumer goes on')
    },
    defect(record: BusRecord | undefined, { error, pauseMs }: Failure): void {
      const text = 'consumer cannot go on, by a defect of its own or of its surroundings; the attempt does not count'
      logger.error({ ...at(record), pauseMs, err: originalError(error) }, text)
    },
  }
}

/** The names an event goes by; a malformed one may lack them. */
function namesIn({ headers }: BusRecord): Record<string, string> {
  const text = (name: string) => (Object.hasOwn(headers, name) ? headers[name]?.toString('latin1') : undefined)
  return safeNames({ eventId: text('ce_id'), requestId: text('ce_requestid'), traceparent: text('traceparent') })
}

const safeText = /^[\x20-\x7e]{1,200}$/

/** Those that a log should carry: anyone who may publish chooses what they are. */
function safeNames(names: Record<string, string | null | undefined>): Record<string, string> {
  const safe: Record<string, string> = {}
  for (const [name, text] of Object.entries(names)) if (typeof text === 'string' && safeText.test(text)) safe[name] = text
  return safe
}

/** The same error without the record's bytes, which it carries and quotes. */
function withoutRecord({ message }: MalformedEventError): Error {
  const short = shortened(visibleText(message.slice(0, 2_000)), 1_000)
  return Object.create(MalformedEventError.prototype, { message: { value: short }, stack: { value: '' } })
}
