import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Bus, BusMessage, BusRecord } from '../../../packages/events/src/bus/bus.ts'
import { type BusPlace, openBus } from '../../../packages/events/src/bus/open-bus.ts'
import { deadLetterTopic, toDeadLetter } from '../../../packages/events/src/dead-letters/dead-letter.ts'
import { createLogger } from '../../../packages/service-kit/src/logging/logger.ts'

/** A bus of a test; closed at teardown. */
export function openTestBus(t: Pick<Test, 'teardown'>, place: BusPlace): Bus {
  const bus = openBus({ ...place, logger: createLogger({ name: 'test', level: 'silent' }) })
  t.teardown(() => bus.close())
  return bus
}

export async function readAll(bus: Bus, topic: string): Promise<BusRecord[]> {
  const all: BusRecord[] = []
  await bus.read(topic, (records) => {
    all.push(...records)
  })
  return all
}

/** An event as far as the command looks at one. */
export function message(topic: string, text: string): BusMessage {
  return { topic, key: Buffer.from(text), value: Buffer.from(JSON.stringify({ text })), headers: { ce_id: Buffer.from(randomUUID()) } }
}

/** Publishes messages of one topic and gives them up, as a group's consumer does. */
export async function giveUp(
  bus: Bus,
  group: string,
  messages: readonly BusMessage[],
  { reason = 'there is no such lead', errorClass = 'PermanentError' } = {},
): Promise<void> {
  const topic = messages[0]?.topic ?? ''
  await bus.createTopics([topic, deadLetterTopic(topic, group)])
  const known = new Set((await readAll(bus, topic)).map(placeOf))
  await bus.publish(messages)
  const records = (await readAll(bus, topic)).filter((record) => !known.has(placeOf(record)))
  const cause = { reason, errorClass, attempts: 5, at: new Date('2026-02-01T00:00:00.000Z') }
  await bus.publish(records.map((record) => toDeadLetter({ record, group, ...cause })))
}

const placeOf = ({ partition, offset }: BusRecord) => `${partition}/${offset}`

/** The ids of dead letters in a text; a UUID ends with as many digits. */
export function idsIn(text: string): string[] {
  return text.match(/(?<![-\w])[0-9a-f]{12}\b/g) ?? []
}
