/** Whether the fault tests run in their long form: `pnpm test:faults`, not `pnpm test`. */
export const long = process.env.FAULTS === 'long'

/** How much of something a test does in the form that runs now. */
export function scaled<T>(forms: { short: T; long: T }): T {
  return long ? forms.long : forms.short
}

/** Milliseconds for what has to come about some time: no figure, only the point at which a test gives up. */
export const patienceMs = scaled({ short: 90_000, long: 1_200_000 })
