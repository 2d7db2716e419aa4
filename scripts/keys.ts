import { runOnTerminal } from './command-line/terminal.ts'
import { runCommand } from './keys/run-command.ts'
import { runningSystem } from './running-system.ts'

await runOnTerminal(runCommand, runningSystem)
