import { runChecks } from './checks.ts'
import { printSteps } from './steps.ts'

const results = await runChecks()
printSteps(results)
process.exitCode = results.every((result) => result.ok) ? 0 : 1
