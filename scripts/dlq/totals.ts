import type { DeadLetter } from '../../packages/events/src/dead-letters/find-dead-letters.ts'
import { shortened, visibleText } from '../../packages/events/src/logging/visible-text.ts'
import { type Column, tableLines } from '../command-line/table.ts'
import { counted } from './select.ts'

interface Total {
  count: number
  like: DeadLetter
}

// Error classes come in headers: there may be any number of them.
const mostLines = 20
const widestForeign = 40

const columns: Column<Total>[] = [
  { title: 'COUNT', text: ({ count }) => String(count) },
  { title: 'GROUP', text: ({ like }) => visibleText(like.group) },
  { title: 'TOPIC', text: ({ like }) => visibleText(like.topic) },
  { title: 'ERROR', text: ({ like }) => shortened(visibleText(like.errorClass || '-'), widestForeign) },
]

/** How many there are of each group, topic and error, the most first; nothing when they are all alike. */
export function totalLines(deadLetters: readonly DeadLetter[], width: number): string[] {
  const kinds = Map.groupBy(deadLetters, ({ group, topic, errorClass }) => JSON.stringify([group, topic, errorClass]))
  if (kinds.size < 2) return []
  const totals = [...kinds.values()].flatMap((alike) => alike.slice(0, 1).map((like) => ({ count: alike.length, like })))
  totals.sort((a, b) => b.count - a.count)
  const lines = tableLines(totals.slice(0, mostLines), columns, width)
  return [...lines, ...(totals.length > mostLines ? [`... and ${counted(totals.length - mostLines, 'kind')} more`] : []), '']
}
