/** Throws TypeError unless every one is a number from 0 on. */
export function checkedLimits<T extends Record<string, number>>(limits: T): T {
  for (const [name, value] of Object.entries(limits)) {
    // As JavaScript may give them: null and texts compare as numbers, too.
    if (typeof value !== 'number' || !(value >= 0)) throw new TypeError(`${name} must be a number from 0 on, not ${String(value)}`)
  }
  return limits
}
