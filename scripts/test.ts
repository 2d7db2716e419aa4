import { runChecks } from './checks.ts'
import { printSteps, type StepResult } from './steps.ts'
import { withKafka } from './test-run/kafka.ts'
import { withPostgres } from './test-run/postgres.ts'
import { describeFailure, describeTotals } from './test-run/report.ts'
import { addUp, type Results } from './test-run/results.ts'
import { runTap } from './test-run/run-tap.ts'
import { buildTap } from './test-run/tap-build.ts'
import { findTestFiles } from './test-run/test-files.ts'

/** Runs every check and test, or only the tests under the selected files and folders. */
async function test(selection: string[], signal: AbortSignal): Promise<{ checks: StepResult[]; results: Results }> {
  const files = findTestFiles(selection)
  await buildTap()
  const checks = selection.length === 0 ? await runChecks() : []
  printSteps(checks)
  signal.throwIfAborted()
  const run = await withPostgres((url) =>
    withKafka(files, (kafka) => runTap({ files, environment: { TEST_POSTGRES_URL: url, ...kafka }, signal })),
  )
  signal.throwIfAborted()
  return { checks, results: addUp(run) }
}

function report({ checks, results }: { checks: StepResult[]; results: Results }): void {
  const brokenChecks = checks.filter((check) => !check.ok)
  for (const failure of results.failures) console.log(`\n${describeFailure(failure)}`)
  for (const check of brokenChecks) console.log(`\nFAIL ${check.name} (its output is above)`)
  // A check counts like an assertion.
  const failed = results.failures.length + brokenChecks.length
  const passed = results.passed + checks.length - brokenChecks.length
  console.log(`\n${describeTotals({ passed, failed, skipped: results.skipped })}`)
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
