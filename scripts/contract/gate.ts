import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject } from '@crm/openapi/json.ts'
import { describeChange } from './compatibility/change.ts'
import { eventChanges } from './compatibility/event-changes.ts'
import { openApiChanges } from './compatibility/openapi-changes.ts'
import { sdkChanges } from './compatibility/sdk-changes.ts'
import type { Contract } from './released.ts'
import { compareVersions, nextVersion, type Step } from './versions.ts'

/** What in `after` breaks those who build on `before` (the API, its SDK, the events), a line each. */
export function breakingChanges(before: Contract, after: Contract): string[] {
  const changes = [
    ...openApiChanges(before.api, after.api),
    ...sdkChanges(before.api, after.api),
    ...eventChanges(before.events, after.events),
  ]
  return [...new Set(changes.map(describeChange))]
}

/** What the current documents are beside the last release. */
export interface Comparison {
  released: string
  current: string
  /** A line for each change that breaks. */
  breaking: string[]
  /** The largest step that the changes are; undefined when nothing changed at all. */
  step: Step | undefined
}

export function compareContracts(released: Contract, current: Contract): Comparison {
  const breaking = breakingChanges(released, current)
  return {
    released: released.version,
    current: current.version,
    breaking,
    step: breaking.length > 0 ? 'breaking' : step(released, current),
  }
}

/** Why the current documents may not stand beside the last release; empty when they may. */
export function contractProblems({ released, current, breaking }: Comparison): string[] {
  if (compareVersions(current, released) < 0) return [`version ${current} comes before ${released}, which is released`]
  const needed = nextVersion(released, 'breaking')
  if (breaking.length === 0 || compareVersions(current, needed) >= 0) return []
  return [...breaking, `these break ${released}: take them back, or raise the version (${current}) to ${needed}`]
}

/** Why the current documents may not be released after the last release; empty when they may. */
export function releaseProblems(comparison: Comparison): string[] {
  const problems = contractProblems(comparison)
  const { released, current, step } = comparison
  if (problems.length > 0) return problems
  const needed = step === undefined ? current : nextVersion(released, step)
  if (compareVersions(current, needed) >= 0) return []
  return [`${released} is released: this one, with ${step}s, is ${needed} at least, not ${current}`]
}

// What would break on the way back was added on the way here.
function step(released: Contract, current: Contract): Step | undefined {
  if (breakingChanges(current, released).length > 0) return 'addition'
  const isSame = (['api', 'events'] as const).every((name) =>
    isDeepStrictEqual(withoutVersion(released[name]), withoutVersion(current[name])),
  )
  return isSame ? undefined : 'correction'
}

function withoutVersion({ info, ...document }: JsonObject): JsonObject {
  const { version: _, ...others } = isObject(info) ? info : {}
  return { ...document, info: others }
}
