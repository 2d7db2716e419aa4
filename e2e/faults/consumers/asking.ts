import { join } from 'node:path'

/** Names of leads that ask a ledger of askedBehaviour for what they say. */
export const asking = {
  fail3Times: 'fail 3 times',
  failAlways: 'fail always',
  failAlwaysRetryable: 'fail always, worth trying again',
  failForGood: 'fail for good',
  failUntilRepaired: 'fail until repaired',
  killTheProcess: 'kill the process',
} as const

/** For a ledger's `behaviour`. */
export const askedBehaviour = join(import.meta.dirname, 'asked-behaviour.ts')
