import { runCommand } from './dlq/run-command.ts'

// Of a process that wrote to a closed pipe, as shells see it: 128 and SIGPIPE.
const brokenPipe = 141

// The reader may have seen enough, as head has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(brokenPipe)
})

process.exitCode = await runCommand(process.argv.slice(2), process.env, {
  width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
})
