import { UsageError } from './errors.ts'

const failureCode = 1
export const usageErrorCode = 2

/** The exit code that tells of an error: 2 for what was mistyped, 1 for what cannot be done. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? usageErrorCode : failureCode
}
