import { describeChange } from './compatibility/change.ts'
import { eventChanges } from './compatibility/event-changes.ts'
import { openApiChanges } from './compatibility/openapi-changes.ts'
import type { Contract } from './released.ts'
import { compareVersions, nextVersion } from './versions.ts'

/** What in `after` breaks those who build on `before`, a line each. */
export function breakingChanges(before: Contract, after: Contract): string[] {
  return [...openApiChanges(before.api, after.api), ...eventChanges(before.events, after.events)].map(describeChange)
}

/** Why the current documents may not stand beside the last release; empty when they may. */
export function contractProblems(released: Contract, current: Contract): string[] {
  if (compareVersions(current.version, released.version) < 0) {
    return [`version ${current.version} comes before ${released.version}, which is released`]
  }
  const breaking = breakingChanges(released, current)
  const needed = nextVersion(released.version, 'breaking')
  if (breaking.length === 0 || compareVersions(current.version, needed) >= 0) return []
  return [...breaking, `these break ${released.version}: take them back, or raise the version (${current.version}) to ${needed}`]
}

/** Why the current documents may not be released after the last release; empty when they may. */
export function releaseProblems(released: Contract, current: Contract): string[] {
  const problems = contractProblems(released, current)
  if (problems.length > 0) return problems
  // What would break on the way back was added on the way here.
  const step =
    breakingChanges(released, current).length > 0 ? 'breaking' : breakingChanges(current, released).length > 0 ? 'addition' : 'correction'
  const needed = nextVersion(released.version, step)
  if (compareVersions(current.version, needed) >= 0) return []
  return [`${released.version} is released: this one, with ${step}s, is ${needed} at least, not ${current.version}`]
}
