import type { Bus } from '../../packages/events/src/bus/bus.ts'
import { type DeadLetter, findDeadLetters } from '../../packages/events/src/dead-letters/find-dead-letters.ts'
import { shortened, visibleText } from '../../packages/events/src/logging/visible-text.ts'
import type { Screen } from '../command-line/screen.ts'
import { type Column, tableLines } from '../command-line/table.ts'
import type { ListCommand } from './arguments.ts'
import { counted, isOpen } from './select.ts'
import { totalLines } from './totals.ts'

// Wide enough for a UUID; what came in a header may be of any length.
const widestForeign = 40

const columns: Column<DeadLetter>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'GROUP', text: ({ group }) => visibleText(group) },
  { title: 'TOPIC', text: ({ topic }) => visibleText(topic) },
  { title: 'PLACE', text: placeText },
  { title: 'EVENT', text: ({ eventId }) => shortened(visibleText(eventId ?? '-'), widestForeign) },
  { title: 'ERROR', text: ({ errorClass }) => shortened(visibleText(errorClass || '-'), widestForeign) },
  { title: 'ATTEMPTS', text: ({ attempts }) => String(attempts ?? '-') },
  { title: 'TIME', text: ({ time }) => time.toISOString() },
  { title: 'STATE', text: stateOf },
  { title: 'REASON', text: ({ reason }) => visibleText(reason) },
]

/** Where in its topic the record was: partition/offset. */
export function placeText({ partition, offset }: DeadLetter): string {
  return `${partition ?? '?'}/${offset ?? '?'}`
}

export async function list(bus: Bus, { filter, withReplayed, json }: ListCommand, { width, print }: Screen): Promise<void> {
  const all = await findDeadLetters(bus, filter)
  const shown = withReplayed ? all : all.filter(isOpen)
  if (json) for (const deadLetter of shown) print(visibleText(JSON.stringify(asJson(deadLetter))))
  else if (shown.length === 0) print(all.length === 0 ? 'No dead letters.' : noneOpen(all.length))
  else for (const line of [...tableLines(shown, columns, width), ...ending(shown, width)]) print(line)
}

function noneOpen(replayed: number): string {
  return `No open dead letters. ${counted(replayed, 'dead letter')} replayed already: --replayed shows them.`
}

function ending(shown: readonly DeadLetter[], width: number): string[] {
  const groups = new Set(shown.map(({ group }) => group))
  return ['', ...totalLines(shown, width), `${counted(shown.length, 'dead letter')} in ${counted(groups.size, 'group')}`]
}

function stateOf(deadLetter: DeadLetter): 'open' | 'replayed' {
  return isOpen(deadLetter) ? 'open' : 'replayed'
}

function asJson(deadLetter: DeadLetter): object {
  const { id, group, topic, partition, offset, eventId, errorClass, attempts, time, reason, replayOf, replays } = deadLetter
  const known = { id, group, topic, partition, offset, eventId, errorClass, attempts, time, reason }
  return { ...known, state: stateOf(deadLetter), replayOf, replayedAt: replays.at(-1) ?? null }
}
