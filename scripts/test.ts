import { runChecks } from './checks.ts'
import { printSteps, type StepResult } from './steps.ts'
import { withKafka } from './test-run/kafka.ts'
import { withPostgres } from './test-run/postgres.ts'
import { describeFailure, describeTotals } from './test-run/report.ts'
import { addUp, type FailureInFile, type Results } from './test-run/results.ts'
import { runWithSecondChance } from './test-run/run-again.ts'
import { runTap } from './test-run/run-tap.ts'
import { buildTap } from './test-run/tap-build.ts'
import { findTestFiles } from './test-run/test-files.ts'

interface Outcome {
  checks: StepResult[]
  results: Results
  unsteady: FailureInFile[]
}

/** Runs every check and test, or only the tests under the selected files and folders. */
async function test(selection: string[], signal: AbortSignal): Promise<Outcome> {
  const files = findTestFiles(selection)
  await buildTap()
  const checks = selection.length === 0 ? await runChecks() : []
  printSteps(checks)
  signal.throwIfAborted()
  const { run, unsteady } = await withPostgres((url) =>
    withKafka(files, async (kafka) => {
      const options = { files, environment: { TEST_POSTGRES_URL: url, ...kafka }, signal }
      // Whoever selects tests wants to see them fail.
      return selection.length === 0 ? await runWithSecondChance(options) : { run: await runTap(options), unsteady: [] }
    }),
  )
  signal.throwIfAborted()
  return { checks, results: addUp(run), unsteady }
}

function report({ checks, results, unsteady }: Outcome): void {
  const brokenChecks = checks.filter((check) => !check.ok)
  for (const failure of unsteady) console.log(`\n${describeFailure(failure, 'UNSTEADY')}`)
  for (const failure of results.failures) console.log(`\n${describeFailure(failure)}`)
  for (const check of brokenChecks) console.log(`\nFAIL ${check.name} (its output is above)`)
  // A check counts like an assertion.
  const failed = results.failures.length + brokenChecks.length
  const passed = results.passed + checks.length - brokenChecks.length
  const unsteadyFiles = new Set(unsteady.map(({ file }) => file)).size
  console.log(`\n${describeTotals({ passed, failed, skipped: results.skipped, unsteady: unsteadyFiles })}`)
  process.exitCode = failed > 0 ? 1 : 0
}

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => interruption.abort(new Error(`stopped by ${signal}`)))

try {
  report(
    await test(
      process.argv.slice(2).filter((argument) => argument !== '--'),
      interruption.signal,
    ),
  )
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.log(describeTotals({ passed: 0, failed: 1, skipped: 0 }))
  process.exitCode = 1
}
