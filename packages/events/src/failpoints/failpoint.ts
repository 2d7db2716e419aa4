/** Moments at which a fault matters most. Only tests act on them; see armFailpoint. */
export type Failpoint =
  /** The bus has stored a batch of events; the outbox does not know it yet. */
  | 'relay.sent'
  /** The effects of events are committed; the group's offset is not. */
  | 'consumer.committed'
  /** A dead letter is stored; the group's offset is still before its record. */
  | 'dead-letter.stored'

type Action = () => void | Promise<void>

const armed = new Map<Failpoint, Action>()

/** Passes a failpoint: nothing happens unless this process armed it. */
export async function failpoint(name: Failpoint): Promise<void> {
  await armed.get(name)?.()
}

/** Lets every later pass of a failpoint run `action` first. For tests: nothing that the product reads can arm one. */
export function armFailpoint(name: Failpoint, action: Action): void {
  armed.set(name, action)
}
