import { describeStartFailure, type StartFailureOptions } from './describe-start-failure.ts'

/** Runs `start`; when it fails, prints one line on standard error (and a stack only for what nobody foresaw) and exits with code 1. */
export async function startOrExit(name: string, start: () => Promise<void>, options: StartFailureOptions = {}): Promise<void> {
  try {
    await start()
  } catch (error) {
    process.stderr.write(`${name} cannot start: ${describeStartFailure(error, options)}\n`, () => process.exit(1))
  }
}
