import { type ChildProcess, spawn } from 'node:child_process'
import { hasSetpriv } from '@crm/local-processes/setpriv.ts'

export interface Teardown {
  teardown(fn: () => unknown): unknown
}

export interface ProcessOptions {
  command: string
  args?: readonly string[]
  /** Added to this process's own environment; undefined removes a variable. */
  env?: Record<string, string | undefined>
  cwd?: string
  /** Started when its output matches. Without it, started as soon as it runs. */
  ready?: RegExp
  /** How long `ready` may take, in milliseconds; default 30,000. */
  readyTimeoutMs?: number
}

export interface ProcessExit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface TestProcess {
  readonly pid: number
  stdout(): string
  stderr(): string
  /** Both, in the order of arrival. */
  output(): string
  /** Settles when it has ended and its output is complete. Never rejects. */
  readonly exited: Promise<ProcessExit>
  /** Signals the process (default SIGTERM), not its group, and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<ProcessExit>
}

/**
 * Starts a process as the leader of a group of its own and waits until it is ready; the whole group is killed at teardown.
 * Rejects with its output when it ends, cannot be run or takes too long before it is ready.
 */
export async function startProcess(t: Teardown, options: ProcessOptions): Promise<TestProcess> {
  const { command, args = [], cwd } = options
  const env = { ...process.env, ...options.env }
  const child = spawn(command, [...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) })
  const output = collectOutput(child)
  const failure = new Promise<Error>((settle) => child.once('error', settle))
  const exited = new Promise<ProcessExit>((settle) => child.once('close', (code, signal) => settle({ code, signal })))
  t.teardown(async () => {
    if (child.pid === undefined) return
    killGroup(child.pid)
    await exited
  })
  await awaitReady(options, { output, failure, exited })
  if (child.pid === undefined) throw await failure
  return {
    pid: child.pid,
    ...output,
    exited,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return await exited
    },
  }
}

/** The same, but killed as soon as this process is gone, however it ended: a test that is killed runs no teardown. Linux only. */
export function endingWithUs(options: ProcessOptions): ProcessOptions {
  if (!hasSetpriv()) return options
  return { ...options, command: 'setpriv', args: ['--pdeathsig', 'KILL', '--', options.command, ...(options.args ?? [])] }
}

interface Output {
  stdout(): string
  stderr(): string
  output(): string
  /** Calls back after each piece of output. */
  onOutput(listener: () => void): void
}

function collectOutput(child: ChildProcess): Output {
  const collected = { stdout: '', stderr: '', output: '' }
  const listeners: (() => void)[] = []
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      collected[name] += text
      collected.output += text
      for (const listener of listeners) listener()
    })
  }
  return {
    stdout: () => collected.stdout,
    stderr: () => collected.stderr,
    output: () => collected.output,
    onOutput: (listener) => listeners.push(listener),
  }
}

async function awaitReady(
  options: ProcessOptions,
  running: { output: Output; failure: Promise<Error>; exited: Promise<ProcessExit> },
): Promise<void> {
  const { ready, readyTimeoutMs = 30_000, command } = options
  if (ready === undefined) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (what: string) => reject(new Error(`${command} ${what} before its output matched ${ready}:\n${running.output.output()}`))
  const timer = setTimeout(() => fail(`was not ready within ${readyTimeoutMs} ms,`), readyTimeoutMs)
  running.output.onOutput(() => {
    if (ready.test(running.output.output())) resolve()
  })
  running.failure.then((error) => fail(`could not be run (${error.message})`))
  running.exited.then(({ code, signal }) => fail(`ended with ${code ?? signal}`))
  await promise.finally(() => clearTimeout(timer))
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
