import type { Bus } from '../bus/bus.ts'
import { mapConcurrently } from '../timing/map-concurrently.ts'
import { ownersOf } from './dead-letter.ts'
import { readStored, type StoredDeadLetter } from './stored-dead-letter.ts'

/** A record that a group gave up. It is open until it was replayed. */
export interface DeadLetter extends StoredDeadLetter {
  /** When it was sent again, the earliest first. */
  replays: Date[]
}

export interface DeadLetterFilter {
  group?: string | undefined
  topic?: string | undefined
  /** The last error's name, as the dead letter says it, such as TypeError. */
  errorClass?: string | undefined
}

// On Kafka a reading joins a group of its own, and waits for it most of the time.
const topicsAtOnce = 6

/**
 * All dead letters that pass the filter, the earliest first. One that was stored more than once, by a crash before the offset moved, is
 * there once. Reads six topics at a time. Takes memory for what it returns, not for keys and values.
 */
export async function findDeadLetters(bus: Bus, { group, topic, errorClass }: DeadLetterFilter = {}): Promise<DeadLetter[]> {
  const topics = (await bus.listTopics()).filter((name) => {
    const owners = ownersOf(name)
    return owners !== undefined && (group ?? owners.group) === owners.group && (topic ?? owners.topic) === owners.topic
  })
  const found = (await mapConcurrently(topics, topicsAtOnce, (name) => readTopic(bus, name))).flat()
  return found.filter((deadLetter) => (errorClass ?? deadLetter.errorClass) === deadLetter.errorClass).sort(byTimeAndPlace)
}

async function readTopic(bus: Bus, name: string): Promise<DeadLetter[]> {
  const byId = new Map<string, DeadLetter>()
  const replays = new Map<string, Date[]>()
  await bus.read(name, (records) => {
    for (const stored of records.map(readStored)) {
      if ('replayed' in stored) replays.set(stored.replayed, [...(replays.get(stored.replayed) ?? []), stored.time])
      else if (!byId.has(stored.id)) byId.set(stored.id, { ...stored, replays: [] })
    }
  })
  return [...byId.values()].map((deadLetter) => ({ ...deadLetter, replays: replays.get(deadLetter.id) ?? [] }))
}

function byTimeAndPlace(a: DeadLetter, b: DeadLetter): number {
  const byTopic = a.kept.topic < b.kept.topic ? -1 : Number(a.kept.topic > b.kept.topic)
  return a.time.getTime() - b.time.getTime() || byTopic || a.kept.partition - b.kept.partition || a.kept.offset - b.kept.offset
}
