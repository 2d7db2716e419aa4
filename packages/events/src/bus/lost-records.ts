import type { EventLogger } from '../logging/event-logger.ts'

export interface LostRecords {
  group: string
  topic: string
  partition: number
  /** Offset that the group would have gone on from. */
  expected: number
  /** Offset of the first record that is kept. */
  first: number
}

/** Says that records were deleted, by their age, before the group had done them. */
export function logLostRecords(logger: EventLogger, lost: LostRecords): void {
  logger.error(
    { ...lost, lost: lost.first - lost.expected },
    'records were deleted before the consumer group had done them: it is further behind than they are kept, and goes on at the first kept',
  )
}
