import { execFile } from 'node:child_process'

export interface CommandResult {
  ok: boolean
  stdout: string
  stderr: string
}

/** Runs a command to its end. */
export function runCommand(command: string, args: string[], cwd: string): Promise<CommandResult> {
  // By way of env, as tap adds options of its own to every Node that is started directly.
  return new Promise((resolve) => {
    execFile('env', ['-u', 'NODE_OPTIONS', command, ...args], { cwd, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, stdout, stderr: stderr || (error?.message ?? '') }),
    )
  })
}

/** The same, for a command that must succeed. Throws with what it printed. */
export async function mustRun(command: string, args: string[], cwd: string): Promise<string> {
  const { ok, stdout, stderr } = await runCommand(command, args, cwd)
  if (!ok) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}
