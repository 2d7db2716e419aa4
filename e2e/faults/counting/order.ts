/** Something in the order in which it was read or handled. */
export interface Ordered {
  /** Of what must keep its order. */
  key: string
  /** Of the event: a repetition has the same. */
  id: string
  sequence: number
}

export interface OrderFaults<E> {
  /** Events that came, for the first time, after a later one of their key. */
  broken: string[]
  /** Events that came again. */
  repeated: number
  /** Those among them that came again after a later one of their key. */
  overtaken: E[]
}

/** Looks at one topic, or at the effects of one topic: the events of each key must come in the order of their sequence when they first come. */
export function findOrderFaults<E extends Ordered>(events: readonly E[]): OrderFaults<E> {
  const seen = new Set<string>()
  const last = new Map<string, number>()
  const broken: string[] = []
  const overtaken: E[] = []
  for (const event of events) {
    const { key, id, sequence } = event
    const before = last.get(key) ?? 0
    if (seen.has(id)) {
      if (sequence < before) overtaken.push(event)
      continue
    }
    seen.add(id)
    if (sequence > before) last.set(key, sequence)
    else broken.push(`${key}: ${sequence} after ${before}`)
  }
  return { broken, repeated: events.length - seen.size, overtaken }
}
