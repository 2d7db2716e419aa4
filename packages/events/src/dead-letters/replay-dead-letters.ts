import { type Bus, type BusRecord, MessageTooLargeError, UnknownTopicError } from '../bus/bus.ts'
import { bytesPerRequest, sizeOf } from '../bus/request-size.ts'
import { deadLetterReplayed } from '../contracts/ops.ts'
import type { DeadLetter } from './find-dead-letters.ts'
import { replayedEvent, replayMarker, replayMessage } from './replay-messages.ts'

interface Chosen {
  deadLetter: DeadLetter
  record: BusRecord
}

/** A dead letter cannot be sent again: the message says which and why. */
export class NotReplayableError extends Error {
  override readonly name = 'NotReplayableError'
}

/** Dead letters sent at once at most. */
const lettersPerBatch = 100

/**
 * Sends the dead letters again for the groups that gave them up, those of one partition in their order, and tells of each batch once all
 * of it is stored. Each is marked after it was sent: an interruption leaves the rest open, and one batch at most is sent twice when
 * replayed again. Resolves to those that were there to send. Rejects, before anything is sent, with NotReplayableError when one of them is
 * not the record as it was, and with UnknownTopicError when a topic they came from is gone; with NotReplayableError at the end when some
 * were too large for their topics.
 */
export async function replayDeadLetters(
  bus: Bus,
  deadLetters: readonly DeadLetter[],
  onReplayed: (batch: DeadLetter[]) => void = () => {},
): Promise<number> {
  if (deadLetters.length === 0) return 0
  for (const deadLetter of deadLetters) requireWhole(deadLetter)
  await requireTopics(bus, deadLetters)
  await bus.createTopics([deadLetterReplayed.type])
  let replayed = 0
  const tooLarge: string[] = []
  for (const [topic, chosen] of Map.groupBy(deadLetters, ({ kept }) => kept.topic)) {
    await inBatches(bus, { topic, chosen }, async (batch) => {
      const refusal = await sendBatch(bus, batch)
      if (refusal !== undefined) {
        tooLarge.push(refusal)
        return
      }
      replayed += batch.length
      onReplayed(batch.map(({ deadLetter }) => deadLetter))
    })
  }
  if (tooLarge.length > 0) throw new NotReplayableError(tooLarge.join('; '))
  return replayed
}

function requireWhole({ id, notReplayable }: DeadLetter): void {
  if (notReplayable !== null) throw new NotReplayableError(`dead letter ${id} cannot be replayed: ${notReplayable}`)
}

async function requireTopics(bus: Bus, deadLetters: readonly DeadLetter[]): Promise<void> {
  const existing = new Set(await bus.listTopics())
  const missing = new Set(deadLetters.map(({ topic }) => topic).filter((topic) => !existing.has(topic)))
  if (missing.size > 0) throw new UnknownTopicError(`nothing was replayed: these topics do not exist: ${[...missing].join(', ')}`)
}

/** Reads the chosen ones of one dead letter topic again, whole, a batch at a time. */
async function inBatches(
  bus: Bus,
  { topic, chosen }: { topic: string; chosen: readonly DeadLetter[] },
  send: (batch: Chosen[]) => Promise<void>,
): Promise<void> {
  const byPlace = new Map(chosen.map((deadLetter) => [placeOf(deadLetter.kept), deadLetter]))
  let batch: Chosen[] = []
  let bytes = 0
  const flush = async () => {
    const full = batch
    batch = []
    bytes = 0
    if (full.length > 0) await send(full)
  }
  await bus.read(topic, async (records) => {
    for (const record of records) {
      const deadLetter = byPlace.get(placeOf(record))
      if (deadLetter === undefined) continue
      const size = sizeOf(record)
      if (batch.length === lettersPerBatch || bytes + size > bytesPerRequest) await flush()
      batch.push({ deadLetter, record })
      bytes += size
    }
  })
  await flush()
}

/**
 * Not in one call: Kafka may store a part of a call, and what tells of a message without it would lose it. Resolves to why nothing of the
 * batch was sent when its topic refuses it; a large message is alone in its batch.
 */
async function sendBatch(bus: Bus, batch: readonly Chosen[]): Promise<string | undefined> {
  const at = new Date()
  try {
    await bus.publish(batch.map(({ deadLetter, record }) => replayMessage(deadLetter, record)))
  } catch (error) {
    if (!(error instanceof MessageTooLargeError)) throw error
    const [topics, ids] = [new Set(batch.map(({ deadLetter }) => deadLetter.topic)), batch.map(({ deadLetter }) => deadLetter.id)]
    return `too large to be replayed to ${[...topics].join(', ')}: dead letter ${ids.join(', ')}`
  }
  await bus.publish(batch.map(({ deadLetter }) => replayedEvent(deadLetter, at)))
  await bus.publish(batch.map(({ deadLetter, record }) => replayMarker(deadLetter, record, at)))
  return undefined
}

const placeOf = ({ partition, offset }: { partition: number; offset: number }) => `${partition}/${offset}`
