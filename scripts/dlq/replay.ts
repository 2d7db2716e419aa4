import type { Bus } from '../../packages/events/src/bus/bus.ts'
import { type DeadLetter, findDeadLetters } from '../../packages/events/src/dead-letters/find-dead-letters.ts'
import { replayDeadLetters } from '../../packages/events/src/dead-letters/replay-dead-letters.ts'
import { visibleText } from '../../packages/events/src/logging/visible-text.ts'
import { CommandError } from '../command-line/errors.ts'
import type { Screen } from '../command-line/screen.ts'
import type { ReplayCommand } from './arguments.ts'
import { placeText } from './list.ts'
import { byId, counted, isOpen } from './select.ts'
import { totalLines } from './totals.ts'

export async function replay(bus: Bus, { filter, ids, dryRun, again }: ReplayCommand, screen: Screen): Promise<void> {
  const matching = await findDeadLetters(bus, filter)
  const named = new Set(ids.map((id) => byId(matching, id)))
  const selected = ids.length === 0 ? matching : matching.filter((deadLetter) => named.has(deadLetter))
  const chosen = again ? selected : selected.filter(isOpen)
  if (chosen.length === 0) return screen.print(nothing(selected.length))
  const whole = chosen.filter(({ notReplayable }) => notReplayable === null)
  for (const deadLetter of chosen) {
    if (deadLetter.notReplayable !== null) screen.complain(`cannot replay ${line(deadLetter)}: ${deadLetter.notReplayable}`)
  }
  if (ids.length > 0 && whole.length < chosen.length) throw new CommandError('nothing was replayed: not all that were named can be')
  if (whole.length === 0) return screen.print('Nothing to replay.')
  if (!dryRun) return await send(bus, whole, screen)
  for (const deadLetter of whole) screen.print(`would replay ${line(deadLetter)}`)
  sum('would replay', whole, screen)
}

/** Says how many were replayed also when it fails amid them. */
async function send(bus: Bus, chosen: readonly DeadLetter[], screen: Screen): Promise<void> {
  const replayed: DeadLetter[] = []
  try {
    await replayDeadLetters(bus, chosen, (batch) => {
      replayed.push(...batch)
      for (const deadLetter of batch) screen.print(`replayed ${line(deadLetter)}`)
    })
  } catch (error) {
    if (replayed.length > 0) sum('failed after it had replayed', replayed, screen)
    throw error
  }
  sum('replayed', replayed, screen)
}

function sum(what: string, deadLetters: readonly DeadLetter[], { print, width }: Screen): void {
  const totals = totalLines(deadLetters, width)
  for (const text of totals.length > 0 ? ['', ...totals] : []) print(text)
  print(`${what} ${counted(deadLetters.length, 'dead letter')}`)
}

function line(deadLetter: DeadLetter): string {
  const { id, group, topic } = deadLetter
  return visibleText(`${id}  ${topic} ${placeText(deadLetter)} for ${group}`)
}

function nothing(replayedAlready: number): string {
  if (replayedAlready === 0) return 'Nothing to replay.'
  return `Nothing to replay. ${counted(replayedAlready, 'dead letter')} replayed already: --again sends them once more.`
}
