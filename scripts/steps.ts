import { spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'

/** The checkout's root, wherever the script was started from. */
export const root = join(import.meta.dirname, '..')

export interface Step {
  name: string
  command: string
  args: string[]
}

export interface StepResult {
  name: string
  ok: boolean
  output: string
  /** Milliseconds. */
  duration: number
}

/** The environment of a child: this very Node and the workspace's own tools come first on the PATH. */
export function toolEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const path = [dirname(process.execPath), join(root, 'node_modules', '.bin'), process.env.PATH ?? '']
  return { ...process.env, PATH: path.join(delimiter), ...extra }
}

/** A step that runs one of our own TypeScript scripts. */
export function scriptStep(name: string, script: string, args: string[]): Step {
  return { name, command: process.execPath, args: ['scripts/run.mjs', script, ...args] }
}

/** Runs a step to its end and keeps what it printed. Never rejects: a command that cannot start is a failed step. */
export async function runStep(step: Step): Promise<StepResult> {
  const started = performance.now()
  const chunks: Buffer[] = []
  const child = spawn(step.command, step.args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: toolEnvironment({ REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }),
  })
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  const ok = await new Promise<boolean>((settle) => {
    child.once('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`))
      settle(false)
    })
    child.once('close', (code) => settle(code === 0))
  })
  return { name: step.name, ok, output: Buffer.concat(chunks).toString(), duration: performance.now() - started }
}

/** Prints what each failed step said under a heading of its own, then one line per step. */
export function printSteps(results: StepResult[]): void {
  for (const result of results) {
    if (!result.ok) console.log(`\n=== ${result.name} failed ===\n${result.output.trim()}\n`)
  }
  for (const { name, ok, duration } of results) {
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(24)} ${(duration / 1000).toFixed(1)} s`)
  }
}
