import type { Bus } from '../../packages/events/src/bus/bus.ts'
import { type DeadLetter, findDeadLetters } from '../../packages/events/src/dead-letters/find-dead-letters.ts'
import { replayDeadLetters } from '../../packages/events/src/dead-letters/replay-dead-letters.ts'
import { visibleText } from '../../packages/events/src/dead-letters/visible-text.ts'
import type { ReplayCommand } from './arguments.ts'
import { placeText } from './list.ts'
import type { Screen } from './screen.ts'
import { byId, counted, isOpen } from './select.ts'

export async function replay(bus: Bus, { filter, ids, dryRun, again }: ReplayCommand, { print }: Screen): Promise<void> {
  const matching = await findDeadLetters(bus, filter)
  const named = new Set(ids.map((id) => byId(matching, id)))
  const selected = ids.length === 0 ? matching : matching.filter((deadLetter) => named.has(deadLetter))
  const chosen = again ? selected : selected.filter(isOpen)
  if (chosen.length === 0) return print(nothing(selected.length))

  if (dryRun) {
    for (const deadLetter of chosen) print(`would replay ${line(deadLetter)}`)
    return print(`would replay ${counted(chosen.length, 'dead letter')}`)
  }
  const replayed = await replayDeadLetters(bus, chosen, (batch) => {
    for (const deadLetter of batch) print(`replayed ${line(deadLetter)}`)
  })
  print(`replayed ${counted(replayed, 'dead letter')}`)
}

function line(deadLetter: DeadLetter): string {
  const { id, group, topic } = deadLetter
  return visibleText(`${id}  ${topic} ${placeText(deadLetter)} for ${group}`)
}

function nothing(replayedAlready: number): string {
  if (replayedAlready === 0) return 'Nothing to replay.'
  return `Nothing to replay. ${counted(replayedAlready, 'dead letter')} replayed already: --again sends them once more.`
}
