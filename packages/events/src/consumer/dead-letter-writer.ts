import { type Bus, type BusMessage, MessageTooLargeError, UnknownTopicError } from '../bus/bus.ts'
import { inRequests, sizeOf } from '../bus/request-size.ts'
import { type GivenUp, toDeadLetter } from '../dead-letters/dead-letter.ts'
import { truncated } from '../dead-letters/truncate.ts'
import { failpoint } from '../failpoints/failpoint.ts'
import { DeadLetterNotStoredError } from './errors.ts'

/** More than a busy machine compresses and sends in the time that a bus gives it. */
const wholeBytes = 32 * 1024 * 1024

/**
 * Stores records that a group gave up, each in the dead letter topic of its own; makes a topic that is gone anew. One that is too large for
 * its topic, or larger than 32 MiB, is cut. Rejects with DeadLetterNotStoredError while the bus cannot.
 */
export async function storeDeadLetters(bus: Bus, givenUp: readonly GivenUp[]): Promise<void> {
  if (givenUp.length === 0) return
  try {
    for (const messages of inRequests(givenUp.map(toDeadLetter))) await publishWhatFits(bus, messages)
  } catch (cause) {
    throw new DeadLetterNotStoredError('a dead letter could not be stored', { cause })
  }
  await failpoint('dead-letter.stored')
}

async function publishWhatFits(bus: Bus, messages: readonly BusMessage[]): Promise<void> {
  // A large message is alone in its request.
  const [message, ...others] = messages
  const cut = message && others.length === 0 ? truncated(message) : undefined
  if (message && cut && sizeOf(message) > wholeBytes) return await publishOrMakeTopics(bus, [cut])
  try {
    await publishOrMakeTopics(bus, messages)
  } catch (error) {
    if (!(error instanceof MessageTooLargeError) || cut === undefined) throw error
    await publishOrMakeTopics(bus, [cut])
  }
}

async function publishOrMakeTopics(bus: Bus, messages: readonly BusMessage[]): Promise<void> {
  try {
    await bus.publish(messages)
  } catch (error) {
    if (!(error instanceof UnknownTopicError)) throw error
    await bus.createTopics([...new Set(messages.map(({ topic }) => topic))])
    await bus.publish(messages)
  }
}
