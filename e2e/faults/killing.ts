import type { Failpoint } from '../../packages/events/src/failpoints/failpoint.ts'
import type { Arming } from './arming.ts'
import type { Supervised } from './supervised.ts'

export interface Killing {
  /** Arms a start of one of the victims: until enough of them were killed, and however many starts ended otherwise. */
  arm(): Arming | undefined
  /** To be told once they are there. */
  victims: Supervised[]
  /** How many were killed. */
  times(): number
  isEnough(): boolean
}

export interface KillingOptions {
  times: number
  /** A victim is killed at one of its first so many passes of the failpoint. */
  passes: number
}

/** Has processes killed at a failpoint, so many times in all. */
export function killing(failpoint: Failpoint, options: KillingOptions): Killing {
  const victims: Supervised[] = []
  const times = () => victims.reduce((sum, process) => sum + (process.ends().get('SIGKILL') ?? 0), 0)
  const isEnough = () => times() >= options.times
  return {
    arm: () => (isEnough() ? undefined : { failpoint, pass: 1 + Math.floor(Math.random() * options.passes) }),
    victims,
    times,
    isEnough,
  }
}
