import { describeFigures, readFigures } from './test-faults/figures.ts'
import { withPostgres } from './test-run/postgres.ts'
import { describeFailure, describeTotals } from './test-run/report.ts'
import { addUp, type TapRun } from './test-run/results.ts'
import { runTap } from './test-run/run-tap.ts'
import { buildTap } from './test-run/tap-build.ts'
import { findTestFiles } from './test-run/test-files.ts'

const folder = 'e2e/faults'
/** A file at a time: what a fault costs is measured on a machine that does nothing else. Seconds for a whole file. */
const environment = { FAULTS: 'long', TAP_JOBS: '1', TAP_TIMEOUT: '1800' }

/** Runs the fault tests in their long form: all of them, or those under the selected files and folders. */
async function testFaults(selection: string[], signal: AbortSignal): Promise<TapRun> {
  const files = findTestFiles(selection.length === 0 ? [folder] : selection)
  const others = files.filter((file) => !file.startsWith(`${folder}/`))
  if (others.length > 0) throw new Error(`These are no fault tests: ${others.join(', ')}`)
  await buildTap()
  signal.throwIfAborted()
  const run = await withPostgres((url) => runTap({ files, environment: { ...environment, TEST_POSTGRES_URL: url }, signal }))
  signal.throwIfAborted()
  return run
}

function report(run: TapRun): void {
  const { passed, skipped, failures } = addUp(run)
  for (const failure of failures) console.log(`\n${describeFailure(failure)}`)
  console.log(`\n${describeFigures(run.files.flatMap((file) => readFigures(run.outputs.get(file) ?? '')))}`)
  console.log(`\n${describeTotals({ passed, failed: failures.length, skipped })}`)
  process.exitCode = failures.length > 0 ? 1 : 0
}

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => interruption.abort(new Error(`stopped by ${signal}`)))

try {
  const selection = process.argv.slice(2).filter((argument) => argument !== '--')
  report(await testFaults(selection, interruption.signal))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.log(describeTotals({ passed: 0, failed: 1, skipped: 0 }))
  process.exitCode = 1
}
