import type { Bus, BusRecord } from '../bus/bus.ts'
import type { DeadLetter } from './find-dead-letters.ts'

/** The record that a dead letter is, whole; undefined when its time was over meanwhile. */
export async function readKeptRecord(bus: Bus, { kept }: DeadLetter): Promise<BusRecord | undefined> {
  let found: BusRecord | undefined
  await bus.read(kept.topic, (records) => {
    found ??= records.find((record) => record.partition === kept.partition && record.offset === kept.offset)
  })
  return found
}
