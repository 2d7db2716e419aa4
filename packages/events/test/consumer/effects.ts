import type { Executor } from '@crm/service-kit/database/database.ts'
import type { ReceivedEvent } from '../../src/envelope/decode-message.ts'
import type { ThingContract } from '../fixtures/things.ts'

export type ThingReceived = ReceivedEvent<ThingContract>

/** Writes down each event. */
export async function noteEffects(events: readonly ThingReceived[], tx: Executor): Promise<void> {
  for (const { id, recordId, sequence } of events)
    await tx.sql`insert into effects (event_id, record_id, sequence) values (${id}, ${recordId}, ${sequence})`
}

/** Versions that had an effect, in the order of the effects; of one thing, or of all. */
export async function effectsOf(on: Executor, thingId?: string): Promise<number[]> {
  const rows = await on.sql<{ sequence: number }[]>`
    select sequence from effects where record_id = coalesce(${thingId ?? null}, record_id) order by id`
  return rows.map((row) => row.sequence)
}
