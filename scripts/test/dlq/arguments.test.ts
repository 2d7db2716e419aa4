import t from 'tap'
import { UsageError } from '../../command-line/errors.ts'
import { parseCommand } from '../../dlq/arguments.ts'

t.test('a command is what was typed', async (t) => {
  t.match(parseCommand(['list']), { name: 'list', withReplayed: false, json: false })
  t.match(parseCommand(['list', '--group', 'g', '--topic=t', '--replayed', '--json']), {
    ...{ name: 'list', withReplayed: true, json: true },
    filter: { group: 'g', topic: 't' },
  })
  t.same(parseCommand(['show', '0123AB']), { name: 'show', id: '0123ab' })
  t.match(parseCommand(['replay', '--id', '0123', '--id', '4567', '--group', 'g', '--dry-run', '--again']), {
    ...{ name: 'replay', ids: ['0123', '4567'], dryRun: true, again: true },
    filter: { group: 'g', topic: undefined },
  })
  t.match(parseCommand(['replay', '0123', '--id', '4567', '89AB']), { name: 'replay', ids: ['0123', '89ab', '4567'] })
  t.match(parseCommand(['list', '--error', 'TypeError']), { filter: { errorClass: 'TypeError', group: undefined } })
  t.match(parseCommand(['replay', '--error=TypeError']), { name: 'replay', ids: [], filter: { errorClass: 'TypeError' } })
  t.match(parseCommand(['replay', '--all']), { name: 'replay', ids: [], dryRun: false, again: false })
  for (const args of [['--help'], ['help'], ['-h'], ['list', '--help'], ['replay', '--help']]) t.same(parseCommand(args), { name: 'help' })
})

t.test('what cannot be meant is refused in one line that says what to type', async (t) => {
  const wrong: [string[], RegExp][] = [
    [[], /list, show or replay/],
    [['delete'], /no command 'delete'.*list, show or replay/],
    [['list', 'lead.created'], /Unexpected argument 'lead.created'/],
    [['list', '--gruop', 'g'], /Unknown option '--gruop'/],
    [['list', '--json=yes'], /'--json' does not take an argument/],
    [['list', '--group'], /'--group <value>' argument missing/],
    [['list', '--group', ''], /--group needs a value/],
    [['list', '--group', 'a', '--group', 'b'], /--group was given 2 times/],
    [['show'], /pnpm dlq show <id>/],
    [['show', '0123', '4567'], /pnpm dlq show <id>/],
    [['show', '012'], /'012' is no id.*12 hex digits/],
    [['show', 'xyzxyz'], /'xyzxyz' is no id/],
    [['show', '0123456789abc'], /is no id/],
    [['replay'], /<id> ..., --group <group>, --topic <topic>, --error <class> or --all/],
    [['replay', '--dry-run'], /say which/],
    [['replay', '--id', ''], /'' is no id/],
    [['replay', 'lead.created'], /'lead.created' is no id/],
    [['replay', '0123', '--all'], /--all goes with no other selection/],
    [['replay', '--all', '--error', 'E'], /--all goes with no other selection/],
    [['list', '--error', ''], /--error needs a value/],
    [['list', '--error', 'A', '--error', 'B'], /--error was given 2 times/],
    [['replay', '--all', '--group', 'g'], /--all goes with no other selection/],
  ]
  for (const [args, message] of wrong) {
    t.throws(() => parseCommand(args), { name: UsageError.name, message }, args.join(' '))
    t.throws(() => parseCommand(args), { message: /^[^\n]+$/ })
  }
})
