import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkContract, type Report, releaseContract } from './contract/report.ts'
import { root, runStep, scriptStep } from './steps.ts'

const folder = join(root, 'openapi')

/** What `pnpm generate` would write anew, in its own words. */
async function findStale(): Promise<string[]> {
  const generated = await runStep(scriptStep('generated files', 'scripts/generate.ts', ['--check']))
  return generated.ok ? [] : [generated.output.trim()]
}

/** Documents that cannot be read or compared: the message says which part. */
function unreadable(error: unknown): Report {
  if (!(error instanceof Error)) throw error
  return { ok: false, lines: [error.message] }
}

const { values } = parseArgs({ options: { release: { type: 'boolean', default: false } } })
const { ok, lines } = await (values.release ? releaseContract(folder, findStale) : checkContract(folder)).catch(unreadable)
if (ok) console.log(lines.join('\n'))
else {
  console.error(lines.join('\n'))
  process.exitCode = 1
}
