import type { DeadLetter } from '../../packages/events/src/dead-letters/find-dead-letters.ts'
import { CommandError } from '../command-line/errors.ts'

/** The dead letter that an id, or the beginning of one, names. Throws when there is none, and when there are several. */
export function byId(deadLetters: readonly DeadLetter[], wanted: string): DeadLetter {
  const [found, ...others] = deadLetters.filter(({ id }) => id.startsWith(wanted))
  if (found === undefined) throw new CommandError(`there is no dead letter ${wanted}`)
  if (others.length === 0) return found
  const ids = [found, ...others].slice(0, 5).map(({ id }) => id)
  throw new CommandError(`${wanted} is the beginning of ${others.length + 1} ids: ${ids.join(', ')}${others.length > 4 ? ' ...' : ''}`)
}

export function isOpen({ replays }: DeadLetter): boolean {
  return replays.length === 0
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
