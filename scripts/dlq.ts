import { runOnTerminal } from './command-line/terminal.ts'
import { runCommand } from './dlq/run-command.ts'
import { runningSystem } from './running-system.ts'

await runOnTerminal(runCommand, runningSystem)
