import { runStep, type StepResult, scriptStep } from './steps.ts'

const checks = [
  { name: 'lint', command: 'biome', args: ['check', '--error-on-warnings', '--diagnostic-level=warn', '--colors=off', '.'] },
  { name: 'types', command: 'tsc', args: ['--noEmit', '--pretty', 'false'] },
  scriptStep('generated files', 'scripts/generate.ts', ['--check']),
  scriptStep('migrations', 'scripts/migrations.ts', ['--check']),
  { name: 'openapi lint', command: 'redocly', args: ['lint', 'openapi/*.json', 'openapi/asyncapi.yaml'] },
  scriptStep('contract', 'scripts/contract.ts', []),
]

/** Every check that needs no database, all at once. */
export function runChecks(): Promise<StepResult[]> {
  return Promise.all(checks.map(runStep))
}
