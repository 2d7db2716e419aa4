import { usageErrorCode } from './command-line/exit-code.ts'
import type { OperatorsCommand } from './command-line/surroundings.ts'
import { runOnTerminal } from './command-line/terminal.ts'
import { runCommand as dlq } from './dlq/run-command.ts'
import { runCommand as keys } from './keys/run-command.ts'

const help = `What operators do to the system whose database, brokers and secret the environment names:

  keys   the keys that access tokens are signed with: keys --help
  dlq    dead letters: dlq --help

In what these say, \`pnpm\` stands for whatever was typed before the name of the command.`

const commands = new Map([
  ['dlq', dlq],
  ['keys', keys],
])

/** The program of the operators' container, where no `pnpm start` can run. */
const operator: OperatorsCommand = async ([name = '', ...args], surroundings) => {
  const { screen } = surroundings
  const command = commands.get(name)
  if (command !== undefined) return await command(args, surroundings)
  if (name === '--help') {
    screen.print(help)
    return 0
  }
  const said = name === '' ? 'say what to do' : `there is no command '${name}'`
  screen.complain(`operator: ${said}: keys or dlq; --help says more`)
  return usageErrorCode
}

await runOnTerminal(operator)
