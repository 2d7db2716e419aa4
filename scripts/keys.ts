import { runCommand } from './keys/run-command.ts'

process.exitCode = await runCommand(process.argv.slice(2), process.env, {
  width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
})
