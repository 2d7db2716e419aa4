import type { EventContract } from '../contracts/contract.ts'
import type { Bus } from './bus.ts'

/** Returns a function that makes the contracts' topics when it is first called, again after each failure, and never once they are made. */
export function ensureTopics(bus: Bus, contracts: readonly EventContract[]): () => Promise<void> {
  let areMade = false
  return async () => {
    if (areMade) return
    await bus.createTopics(contracts.map(({ type }) => type))
    areMade = true
  }
}
