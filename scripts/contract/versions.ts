/** A version of the contract, without pre-releases: `1.2.3`. */
export interface Version {
  major: number
  minor: number
  patch: number
}

/** How far a version is raised. While the major part is 0 the minor one stands for it, and the patch for the rest. */
export type Step = 'breaking' | 'addition' | 'correction'

export function parseVersion(text: string): Version {
  const [major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number) ?? []
  if (major === undefined || minor === undefined || patch === undefined) throw new Error(`'${text}' is no version such as 1.2.3`)
  return { major, minor, patch }
}

/** Negative, 0 or positive, as `a` comes before, is or comes after `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)]
  return left.major - right.major || left.minor - right.minor || left.patch - right.patch
}

/** The lowest version after `text` that may hold such a change. */
export function nextVersion(text: string, step: Step): string {
  const { major, minor, patch } = parseVersion(text)
  if (step === 'breaking') return major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`
  return step === 'addition' && major > 0 ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`
}
