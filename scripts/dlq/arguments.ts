import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { DeadLetterFilter } from '../../packages/events/src/dead-letters/find-dead-letters.ts'
import { UsageError } from '../command-line/errors.ts'

export interface ListCommand {
  name: 'list'
  filter: DeadLetterFilter
  /** Those that were replayed too, not the open ones alone. */
  withReplayed: boolean
  json: boolean
}

export interface ShowCommand {
  name: 'show'
  /** An id or the beginning of one. */
  id: string
}

export interface ReplayCommand {
  name: 'replay'
  filter: DeadLetterFilter
  /** Ids or beginnings of ids; none stands for all that pass the filter. */
  ids: string[]
  dryRun: boolean
  /** Those that were replayed too. */
  again: boolean
}

export type Command = ListCommand | ShowCommand | ReplayCommand | { name: 'help' }

export const help = `Dead letters: records that a consumer group gave up, on the bus that the environment names or that a running \`pnpm start\` has.

  pnpm dlq list [--group <group>] [--topic <topic>] [--error <class>] [--replayed] [--json]
      The open ones, and how many of what; with --replayed those replayed already too; with --json one JSON object a line.
      --error takes those whose error has exactly this class, such as TypeError.

  pnpm dlq show <id>
      Everything about one. The first 4 digits of an id or more will do.

  pnpm dlq replay <id> ... | --group <group> | --topic <topic> | --error <class> | --all  [--dry-run] [--again]
      Sends the open ones that all selections name to their topic again, for their group alone.
      --dry-run only says which; --again takes those replayed already too.`

const more = 'pnpm dlq --help says more'
const text = { type: 'string', multiple: true } as const
const selection = { group: text, topic: text, error: text } as const
const flag = { type: 'boolean', default: false } as const

/** Throws a UsageError of one line. */
export function parseCommand([name, ...rest]: readonly string[]): Command {
  switch (name) {
    case 'list':
      return parseList(rest)
    case 'show':
      return parseShow(rest)
    case 'replay':
      return parseReplay(rest)
    case 'help':
    case '--help':
    case '-h':
      return { name: 'help' }
    case undefined:
      throw new UsageError(`say what to do: pnpm dlq list, show or replay; ${more}`)
    default:
      throw new UsageError(`there is no command '${name}': type pnpm dlq list, show or replay; ${more}`)
  }
}

function parseList(args: string[]): Command {
  const { values } = parse(args, { ...selection, replayed: flag, json: flag, help: flag })
  if (values.help) return { name: 'help' }
  return { name: 'list', filter: filterOf(values), withReplayed: values.replayed, json: values.json }
}

function parseShow(args: string[]): Command {
  const { values, positionals } = parse(args, { help: flag }, { allowPositionals: true })
  if (values.help) return { name: 'help' }
  const [id, ...others] = positionals
  if (id === undefined || others.length > 0) throw new UsageError('name one dead letter: pnpm dlq show <id>')
  return { name: 'show', id: idOf(id) }
}

function parseReplay(args: string[]): Command {
  const options = { ...selection, id: text, all: flag, 'dry-run': flag, again: flag, help: flag } as const
  const { values, positionals } = parse(args, options, { allowPositionals: true })
  if (values.help) return { name: 'help' }
  const ids = [...positionals, ...(values.id ?? [])]
  const { all } = values
  const filter = filterOf(values)
  const isSelected = ids.length > 0 || Object.values(filter).some((value) => value !== undefined)
  if (!isSelected && !all)
    throw new UsageError('say which: pnpm dlq replay <id> ..., --group <group>, --topic <topic>, --error <class> or --all')
  if (isSelected && all) throw new UsageError('--all goes with no other selection: leave it out, or the others')
  return { name: 'replay', filter, ids: ids.map(idOf), dryRun: values['dry-run'], again: values.again }
}

function idOf(text: string): string {
  if (/^[0-9a-f]{4,12}$/i.test(text)) return text.toLowerCase()
  throw new UsageError(`'${text}' is no id of a dead letter: ids have 12 hex digits, of which the first 4 may do`)
}

function filterOf({ group, topic, error }: { group?: string[]; topic?: string[]; error?: string[] }): DeadLetterFilter {
  return { group: single('group', group), topic: single('topic', topic), errorClass: single('error', error) }
}

// The last one would win in silence, and an unset variable of the shell would select nothing.
function single(name: string, values: string[] = []): string | undefined {
  if (values.length > 1) throw new UsageError(`--${name} was given ${values.length} times: give it once`)
  if (values[0] === '') throw new UsageError(`--${name} needs a value`)
  return values[0]
}

function parse<const T extends ParseArgsOptionsConfig>(args: string[], options: T, { allowPositionals = false } = {}) {
  try {
    return parseArgs({ args, options, allowPositionals })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))) throw error
    // The first sentence says it; the others advise on rare cases.
    throw new UsageError(`${error.message.split(/\. |\n/, 1)[0]?.replace(/\.$/, '')}; ${more}`)
  }
}
