import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, toolEnvironment } from '../steps.ts'
import { readRun } from './read-run.ts'
import type { TapRun } from './results.ts'

export interface TapOptions {
  files: string[]
  environment: Record<string, string>
  /** Ends the run early. */
  signal: AbortSignal
  /** Takes a line for each file as it ends; by default they go to the standard output. */
  print?: (line: string) => void
}

/** Runs the test files and prints a line as each ends; their error output passes through. Never rejects because a test fails. */
export async function runTap({ files, environment, signal, print = console.log }: TapOptions): Promise<TapRun> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-tap-'))
  try {
    const args = ['run', '--disable-coverage', '--reporter=tap', `--output-dir=${folder}`, ...files]
    const tap = spawn('tap', args, { cwd: root, env: toolEnvironment(environment), stdio: ['ignore', 'pipe', 'inherit'], signal })
    const ended = new Promise<number | null>((settle) => {
      // An early end is an error too, but only 'close' says that tap and its children are gone.
      tap.on('error', () => tap.pid === undefined && settle(null))
      tap.once('close', (code) => settle(code))
    })
    const said = readRun((verdict) => print(`${verdict.ok ? 'ok  ' : 'FAIL'}  ${verdict.file} ${(verdict.duration / 1000).toFixed(1)} s`))
    tap.stdout.pipe(said.parser)
    const exitCode = await ended
    return { files, outputs: await readOutputs(folder, files), verdicts: said.verdicts, bailout: said.bailout(), exitCode }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readOutputs(folder: string, files: string[]): Promise<Map<string, string>> {
  const outputs = new Map<string, string>()
  for (const file of files) {
    const tap = await readFile(join(folder, `${file}.tap`), 'utf8').catch(() => undefined)
    if (tap !== undefined) outputs.set(file, tap)
  }
  return outputs
}
