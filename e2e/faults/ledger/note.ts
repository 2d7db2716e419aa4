import type { ReceivedEvent } from '../../../packages/events/src/envelope/decode-message.ts'
import type { Executor } from '../../../packages/service-kit/src/database/database.ts'

type Work = (events: readonly ReceivedEvent[], tx: Executor) => Promise<void>

/** A handler that does something and then notes the events, in their order. */
export function note(first: Work): (events: ReceivedEvent[], tx: Executor) => Promise<void> {
  return async (events, tx) => {
    await first(events, tx)
    await tx.sql`
      insert into entries (event_id, record_id, type, sequence, partition, record_offset)
      select event_id, record_id, type, sequence, partition, record_offset
      from unnest(
        ${events.map((event) => event.id)}::uuid[],
        ${events.map((event) => event.recordId)}::text[],
        ${events.map((event) => event.type)}::text[],
        ${events.map((event) => event.sequence)}::int[],
        ${events.map((event) => event.partition)}::int[],
        ${events.map((event) => event.offset)}::bigint[]
      ) with ordinality as event (event_id, record_id, type, sequence, partition, record_offset, place)
      order by place`
  }
}
