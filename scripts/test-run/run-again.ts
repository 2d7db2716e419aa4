import { addUp, amended, type FailureInFile, failedFiles, type TapRun } from './results.ts'
import { runTap, type TapOptions } from './run-tap.ts'

/** When more files fail, it is not by chance. */
const againAtMost = 3

/** What is lost once is lost: tests of events and of faults have one chance. */
const onceOnly = ['packages/events/', 'e2e/faults/', 'e2e/kafka/', 'e2e/all-in-one/']

export interface RunWithSecondChance {
  /** What counts: for files that ran again, what they said then. */
  run: TapRun
  /** Why files failed at first that passed later. */
  unsteady: FailureInFile[]
}

/** Whether files that failed get their second chance. */
export function mayRunAgain(files: readonly string[]): boolean {
  return files.length > 0 && files.length <= againAtMost && !files.some((file) => onceOnly.some((folder) => file.startsWith(folder)))
}

/**
 * Runs the test files and then, one at a time, the few that failed: beside many others a test may meet a moment in which the machine
 * stood still. What failed at first is never lost: it is reported as unsteady, since such a test, or what it tests, waits to be mended.
 */
export async function runWithSecondChance(options: TapOptions): Promise<RunWithSecondChance> {
  const first = await runTap(options)
  const files = failedFiles(first)
  if (!mayRunAgain(files) || first.bailout !== undefined || options.signal.aborted) return { run: first, unsteady: [] }
  const { print = console.log } = options
  print('\nWhat failed runs again, one file at a time:')
  const run = amended(first, await runTap({ ...options, files, environment: { ...options.environment, TAP_JOBS: '1' } }))
  const failing = failedFiles(run)
  return { run, unsteady: addUp(first).failures.filter(({ file }) => !failing.includes(file)) }
}
