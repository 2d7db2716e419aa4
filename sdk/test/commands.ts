import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface CommandResult {
  ok: boolean
  stdout: string
  stderr: string
}

/** Runs a command to its end, without what tap would add to every Node below it. */
export async function runCommand(command: string, args: string[], cwd: string): Promise<CommandResult> {
  try {
    const { stdout, stderr } = await run('env', ['-u', 'NODE_OPTIONS', command, ...args], { cwd, maxBuffer: 16 * 1024 * 1024 })
    return { ok: true, stdout, stderr }
  } catch (error) {
    const { stdout = '', stderr = '', message } = Object(error)
    return { ok: false, stdout, stderr: stderr || message }
  }
}

/** The same, for a command that must succeed. Throws with what it printed. */
export async function mustRun(command: string, args: string[], cwd: string): Promise<string> {
  const { ok, stdout, stderr } = await runCommand(command, args, cwd)
  if (!ok) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}

/** A Node of this major version: one on the PATH, else the registry's. */
export async function nodeOfMajor(major: number, cwd: string): Promise<string> {
  const candidates = [process.execPath, ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'))]
  for (const node of new Set(candidates)) {
    const { ok, stdout } = await runCommand(node, ['--version'], cwd)
    if (ok && stdout.startsWith(`v${major}.`)) return node
  }
  return (await mustRun('npx', ['-y', '-p', `node@${major}`, 'node', '-p', 'process.execPath'], cwd)).trim()
}
