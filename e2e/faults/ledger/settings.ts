import type { ReceivedEvent } from '../../../packages/events/src/envelope/decode-message.ts'
import type { Executor } from '../../../packages/service-kit/src/database/database.ts'

/** What a ledger does besides noting events: the default export of a module of the test's own, run in the ledger's process. */
export interface Behaviour {
  /** Outside the database, before the transaction. */
  prepare?(events: readonly ReceivedEvent[], signal: AbortSignal): Promise<void>
  /** In the transaction, before the events are noted in it. What it throws is what the handler throws. */
  handle?(events: readonly ReceivedEvent[], tx: Executor): Promise<void>
}

/** Where a ledger's bus is: Kafka, with how long a killed process keeps its partitions (milliseconds), or a database of the embedded bus. */
export type LedgerBus = { brokers: string; sessionTimeoutMs?: number } | { busDatabaseUrl: string }

/** What a ledger's process is told, as JSON in LEDGER. */
export type LedgerSettings = LedgerBus & {
  /** As `<process>.<what-it-does>`. */
  group: string
  /** Types of the events it listens to: any of the product's contracts. */
  types: readonly string[]
  databaseUrl: string
  port: number
  /** Absolute path of a module whose default export is a Behaviour. */
  behaviour?: string
  /** How long a partition rests after failures in a row, in milliseconds; the product's own unless given. */
  retry?: { baseMs: number; maxMs: number }
}
