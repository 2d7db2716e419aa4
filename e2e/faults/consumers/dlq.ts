import { join } from 'node:path'
import { startProcess, type Teardown } from '@crm/testing/processes.ts'
import { repositoryRoot } from '@crm/testing/repository-root.ts'

/** Which bus the command is about: one of the variables that it reads. */
export type BusVariable = { KAFKA_BROKERS: string } | { BUS_DATABASE_URL: string } | { DATA_DIR: string }

export interface ListedDeadLetter {
  id: string
  group: string
  topic: string
  partition: number
  offset: number
  eventId: string | null
  errorClass: string
  attempts: number
  reason: string
  state: 'open' | 'replayed'
}

export interface DlqCommand {
  /** What `pnpm dlq` prints with these arguments. Rejects unless it ends with 0. */
  run(...args: string[]): Promise<string>
  /** What `pnpm dlq list --json` says: the open ones; with `--replayed`, all. */
  list(...args: string[]): Promise<ListedDeadLetter[]>
}

/** The operators' command, each run a process of its own. */
export function dlqCommand(t: Teardown, bus: BusVariable): DlqCommand {
  async function run(...args: string[]): Promise<string> {
    const child = await startProcess(t, {
      command: process.execPath,
      args: [join(repositoryRoot, 'scripts/run.mjs'), join(repositoryRoot, 'scripts/dlq.ts'), ...args],
      env: { NODE_OPTIONS: undefined, KAFKA_BROKERS: undefined, BUS_DATABASE_URL: undefined, DATA_DIR: undefined, ...bus },
    })
    const { code, signal } = await child.exited
    if (code !== 0) throw new Error(`pnpm dlq ${args.join(' ')} ended with ${code ?? signal}: ${child.output()}`)
    return child.stdout()
  }
  return {
    run,
    async list(...args) {
      const lines = (await run('list', '--json', ...args)).split('\n')
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
    },
  }
}
