import type { Executor } from '@crm/service-kit/database/database.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { ReceivedEvent } from '../envelope/decode-message.ts'

/** What a consumer listens to and what it does about it. */
export interface ConsumerDefinition<C extends EventContract = EventContract> {
  /** `<process>.<what it does>`, such as `crm-worker.qualify-lead`. Renaming it makes a new group, which begins with the earliest events. */
  readonly group: string
  readonly on: readonly C[]
  /**
   * Handles events the group has not handled before, all of one topic and partition, in order. What it writes through `tx` happens once
   * per event; when it rejects, everything is rolled back and the same events come again.
   */
  handle(events: ReceivedEvent<C>[], tx: Executor): Promise<void>
}

const groupName = /^[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$/

/** Throws when the group's name is not of the form above. */
export function defineConsumer<C extends EventContract>(definition: ConsumerDefinition<C>): ConsumerDefinition<C> {
  if (!groupName.test(definition.group)) throw new Error(`consumer group '${definition.group}' is not named <process>.<what-it-does>`)
  return definition
}
