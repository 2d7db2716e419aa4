import { type Comparison, compareContracts, contractProblems, releaseProblems } from './gate.ts'
import { keepRelease, readContract, readLastRelease } from './released.ts'

/** What a command has to say, and whether all is well. */
export interface Report {
  ok: boolean
  lines: string[]
}

const versionFile = 'packages/service-kit/src/http/openapi-version.ts'

/** Says what in the documents of a folder breaks the last release there, and whether it may. */
export async function checkContract(folder: string): Promise<Report> {
  const [released, current] = [await readLastRelease(folder), await readContract(folder)]
  if (!released) return refusal(['nothing is released to hold the contract to: pnpm release:contract'])
  const comparison = compareContracts(released, current)
  const problems = contractProblems(comparison)
  return problems.length > 0 ? refusal(problems, versionHint) : { ok: true, lines: describe(comparison) }
}

/** Keeps the documents of a folder as its last release, unless they are stale or their version is not high enough. */
export async function releaseContract(folder: string, findStale: () => Promise<string[]>): Promise<Report> {
  const stale = await findStale()
  if (stale.length > 0) return refusal(stale)
  const [released, current] = [await readLastRelease(folder), await readContract(folder)]
  const comparison = released && compareContracts(released, current)
  if (comparison?.step === undefined && released?.version === current.version)
    return refusal([`nothing changed since ${current.version}: there is nothing to release`])
  const problems = comparison ? releaseProblems(comparison) : []
  if (problems.length > 0) return refusal(problems, versionHint)
  await keepRelease(folder, current.version)
  return { ok: true, lines: [`openapi/released/${current.version} is what later changes are held to.`] }
}

const versionHint = `The version is in ${versionFile}; while it is 0.x, its minor part is raised for what breaks.`

function refusal(problems: string[], hint?: string): Report {
  return { ok: false, lines: [...problems, ...(hint === undefined ? [] : [hint])] }
}

// What the version allows is named all the same: whoever reviews a change sees what it breaks.
function describe({ released, current, breaking }: Comparison): string[] {
  if (breaking.length === 0) return [`The contract holds to ${released}.`]
  const times = breaking.length === 1 ? 'once' : `${breaking.length} times`
  const summary = `The contract breaks ${released} ${times}, as its version ${current} says:`
  return [summary, ...breaking.map((line) => `  allowed: ${line}`)]
}
