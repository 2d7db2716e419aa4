import type { OperatorsCommand } from '../../command-line/surroundings.ts'
import { runningSystem } from '../../running-system.ts'

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs a command in an environment, and nothing else of this process's own. */
export function commandIn(command: OperatorsCommand, env: Record<string, string>) {
  return async (...args: string[]): Promise<Ended> => {
    const ended = { code: -1, stdout: '', stderr: '' }
    const screen = {
      width: Number.POSITIVE_INFINITY,
      print(line: string) {
        ended.stdout += `${line}\n`
      },
      complain(line: string) {
        ended.stderr += `${line}\n`
      },
    }
    ended.code = await command(args, { env, screen, findSystem: runningSystem })
    return ended
  }
}
