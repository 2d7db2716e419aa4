import type { Teardown } from '@crm/testing/processes.ts'

/**
 * Runs work, then undoes what it set up, last things first: also when it fails, and on Ctrl-C or SIGTERM. Should the process exit
 * before that, each step is at least begun, which is enough to kill other processes.
 */
export async function withTeardown<T>(work: (t: Teardown) => Promise<T>): Promise<T> {
  const undoing: (() => unknown)[] = []
  const undo = async () => {
    for (let step = undoing.pop(); step !== undefined; step = undoing.pop()) await step()
  }
  const interrupted = () => {
    void undo().finally(() => process.exit(130))
  }
  const exiting = () => void undoing.splice(0).map((step) => step())
  process.once('exit', exiting)
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    return await work({ teardown: (step) => undoing.push(step) })
  } finally {
    process.removeListener('SIGINT', interrupted).removeListener('SIGTERM', interrupted)
    await undo()
    process.removeListener('exit', exiting)
  }
}
