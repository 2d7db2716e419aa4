import type { Bus, BusRecord } from '../../packages/events/src/bus/bus.ts'
import { type DeadLetter, findDeadLetters } from '../../packages/events/src/dead-letters/find-dead-letters.ts'
import { readKeptRecord } from '../../packages/events/src/dead-letters/read-kept-record.ts'
import { visibleText } from '../../packages/events/src/logging/visible-text.ts'
import { CommandError } from '../command-line/errors.ts'
import type { Screen } from '../command-line/screen.ts'
import type { ShowCommand } from './arguments.ts'
import { byId, counted, isOpen } from './select.ts'
import { headerLine, shownBytes } from './value-lines.ts'

export async function show(bus: Bus, { id }: ShowCommand, { print }: Screen): Promise<void> {
  const deadLetter = byId(await findDeadLetters(bus), id)
  const record = await readKeptRecord(bus, deadLetter)
  if (record === undefined) throw new CommandError(`dead letter ${deadLetter.id} is no longer kept`)
  print(`Dead letter ${deadLetter.id}`)
  for (const line of pairLines(facts(deadLetter))) print(line)
  print('')
  print('Headers')
  for (const line of pairLines(headers(record))) print(line)
  for (const [title, bytes] of [['Key', record.key] as const, ['Value', record.value] as const]) {
    const { what, lines } = shownBytes(bytes)
    print('')
    print(`${title} (${what})`)
    for (const line of lines) print(`  ${line}`)
  }
}

function facts(deadLetter: DeadLetter): [string, string][] {
  const { group, topic, partition, offset, eventId, errorClass, reason, attempts, time, replayOf, notReplayable, replays, kept } =
    deadLetter
  return [
    ['group', group],
    ['topic', `${topic}, partition ${partition ?? 'unknown'}, offset ${offset ?? 'unknown'}`],
    ['event', eventId ?? 'unknown'],
    ['given up', `${time.toISOString()} after ${attempts === null ? 'an unknown number of attempts' : counted(attempts, 'attempt')}`],
    ['error', errorClass || 'unknown'],
    ['reason', reason || 'unknown'],
    ...(replayOf === null ? [] : ([['a replay of', replayOf]] as [string, string][])),
    ['replayed', isOpen(deadLetter) ? 'no' : replays.map((at) => at.toISOString()).join(', ')],
    ...(notReplayable === null ? [] : ([['no replay', notReplayable]] as [string, string][])),
    ['kept in', `${kept.topic}, partition ${kept.partition}, offset ${kept.offset}`],
  ]
}

function headers(record: BusRecord): [string, string][] {
  return Object.entries(record.headers).map(([name, bytes]) => [name, headerLine(bytes)])
}

function pairLines(pairs: readonly [string, string][]): string[] {
  const names = pairs.map(([name]) => visibleText(name))
  const width = Math.min(
    40,
    names.reduce((widest, name) => Math.max(widest, name.length), 0),
  )
  return pairs.map(([, text], at) => `  ${names[at]?.padEnd(width)}  ${visibleText(text)}`.trimEnd())
}
