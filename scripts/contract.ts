import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { contractProblems, releaseProblems } from './contract/gate.ts'
import { keepRelease, readContract, readLastRelease } from './contract/released.ts'
import { root, runStep, scriptStep } from './steps.ts'

const folder = join(root, 'openapi')
const versionFile = 'packages/service-kit/src/http/openapi-version.ts'

/** Says what in the documents breaks the last release; nothing when they hold to it. */
async function check(): Promise<string[]> {
  const [released, current] = [await readLastRelease(folder), await readContract(folder)]
  if (!released) return ['nothing is released to hold the contract to: pnpm release:contract']
  const problems = [...contractProblems(released, current), ...(await sdkProblems(current.version))]
  if (problems.length === 0) console.log(`The contract holds to ${released.version}.`)
  return problems
}

/** The SDK is of the version of the API it is made from. */
async function sdkProblems(version: string): Promise<string[]> {
  const sdk: { version: string } = JSON.parse(await readFile(join(root, 'sdk/package.json'), 'utf8'))
  return sdk.version === version ? [] : [`sdk/package.json is of version ${sdk.version}, the API of ${version}`]
}

/** Keeps the documents as released, unless they are stale or their version is not high enough. */
async function release(): Promise<string[]> {
  const generated = await runStep(scriptStep('generated files', 'scripts/generate.ts', ['--check']))
  if (!generated.ok) return [generated.output.trim()]
  const [released, current] = [await readLastRelease(folder), await readContract(folder)]
  const problems = [...(released ? releaseProblems(released, current) : []), ...(await sdkProblems(current.version))]
  if (problems.length > 0) return problems
  await keepRelease(folder, current.version)
  console.log(`openapi/released/${current.version} is what later changes are held to.`)
  return []
}

const { values } = parseArgs({ options: { release: { type: 'boolean', default: false } } })
const problems = await (values.release ? release() : check())
if (problems.length > 0) {
  console.error(`${problems.join('\n')}\nThe version is in ${versionFile}; while it is 0.x, its minor part is raised for what breaks.`)
  process.exitCode = 1
}
