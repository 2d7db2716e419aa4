import type { OperatorsCommand, Surroundings } from './surroundings.ts'

// Of a process that wrote to a closed pipe, as shells see it: 128 and SIGPIPE.
const brokenPipe = 141

/** Runs a command with the arguments and the environment of this process, and sets its exit code. */
export async function runOnTerminal(command: OperatorsCommand, findSystem?: Surroundings['findSystem']): Promise<void> {
  // The reader may have seen enough, as head has.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(brokenPipe)
  })
  const screen = {
    width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
    print: (line: string) => console.log(line),
    complain: (line: string) => console.error(line),
  }
  process.exitCode = await command(process.argv.slice(2), { env: process.env, screen, findSystem })
}
