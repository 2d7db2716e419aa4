import { type Bus, type BusMessage, UnknownTopicError } from '../bus/bus.ts'
import { inRequests } from '../bus/request-size.ts'
import { type GivenUp, toDeadLetter } from '../dead-letters/dead-letter.ts'
import { failpoint } from '../failpoints/failpoint.ts'
import { DeadLetterNotStoredError } from './errors.ts'

/** Stores records that a group gave up, each in the dead letter topic of its own; makes a topic that is gone anew. Rejects with DeadLetterNotStoredError while the bus cannot. */
export async function storeDeadLetters(bus: Bus, givenUp: readonly GivenUp[]): Promise<void> {
  if (givenUp.length === 0) return
  try {
    for (const messages of inRequests(givenUp.map(toDeadLetter))) await publishOrMakeTopics(bus, messages)
  } catch (cause) {
    throw new DeadLetterNotStoredError('a dead letter could not be stored', { cause })
  }
  await failpoint('dead-letter.stored')
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
