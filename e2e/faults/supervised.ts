import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@crm/testing/poll.ts'
import {
  endingWithUs,
  type ProcessExit,
  type ProcessOptions,
  startProcess,
  type Teardown,
  type TestProcess,
} from '@crm/testing/processes.ts'
import { patienceMs } from './scale.ts'

export interface SupervisedOptions {
  /** As failures name it. */
  name: string
  /** Where it answers /ready and /health. */
  url: string
  /** How it is started: asked before each start, so that one start may differ from the next. */
  command(): ProcessOptions
  /** Signals by which it may end itself, because it is armed to. */
  endsItselfBy?: readonly NodeJS.Signals[]
}

/** A process that is started again whenever it ends, as a supervisor would do, until the test stops it. */
export interface Supervised {
  readonly name: string
  readonly url: string
  /** Process id of the one that runs now. Throws when none does. */
  pid(): number
  /** How often it was started. */
  starts(): number
  /** How many ends there were, by signal or exit code. */
  ends(): Map<string, number>
  /** Ends that neither the test nor a failpoint caused, and ordered ones that were not clean; each with what the process had printed. */
  crashes(): string[]
  /** What all its runs printed. */
  output(): string
  /** Signals the process that runs now; it is started again if that ends it. Throws when none runs. */
  signal(signal: NodeJS.Signals): void
  /** Resolves when a process runs that is ready (its database answers); rejects when it cannot be started, or the test is over. */
  ready(): Promise<void>
  /** The same, and its broker answers too. */
  healthy(): Promise<void>
  /** Signals it (default SIGTERM) and waits for its end; it is not started again before `start`. */
  stop(signal?: NodeJS.Signals): Promise<ProcessExit>
  /** Without effect once the test is over. */
  start(): void
}

interface Run {
  process: TestProcess
  signalled: boolean
  wasReady: boolean
}

const mostFailedStarts = 10
const failedStartPauseMs = 500

/** Starts a process and keeps it running; killed at teardown. */
export function supervise(t: Teardown, options: SupervisedOptions): Supervised {
  const { name, url, command, endsItselfBy = [] } = options
  const ends = new Map<string, number>()
  const crashes: string[] = []
  let starts = 0
  let output = ''
  let wanted = true
  let current: Run | undefined
  let failure: Error | undefined
  let isOver = false
  let killLast: () => unknown = () => {}

  async function keepRunning(): Promise<void> {
    for (let failedStarts = 0; wanted && failedStarts < mostFailedStarts; ) {
      // Only the last start may be killed at teardown: the process ids of those that ended may be others' by then.
      const process = await startProcess({ teardown: (kill) => (killLast = kill) }, endingWithUs(command()))
      starts++
      const run = { process, signalled: false, wasReady: false }
      current = run
      if (!wanted) signal('SIGKILL')
      const exit = await process.exited
      current = undefined
      killLast = () => {}
      output += process.output()
      failedStarts = noteEnd(run, exit) || run.wasReady ? 0 : failedStarts + 1
      if (failedStarts > 0) await sleep(failedStartPauseMs)
    }
    if (wanted) failure = new Error(`${name} could not be started ${mostFailedStarts} times in a row: ${output}`)
  }

  /** Whether the process was to end. */
  function noteEnd({ process, signalled }: Run, { code, signal }: ProcessExit): boolean {
    const how = String(signal ?? code)
    ends.set(how, (ends.get(how) ?? 0) + 1)
    const isExpected = signal === null ? code === 0 && signalled : signalled || endsItselfBy.includes(signal)
    if (!isExpected) crashes.push(`${name} ended with ${how}: ${process.output()}`)
    return isExpected
  }

  function running(): Run {
    if (current === undefined) throw new Error(`${name} does not run now`)
    return current
  }

  function signal(name: NodeJS.Signals): void {
    const run = running()
    // Being halted and continued is no reason to end.
    run.signalled ||= name !== 'SIGSTOP' && name !== 'SIGCONT'
    process.kill(run.process.pid, name)
  }

  async function untilAnswer(path: string, isGood: (status: string) => boolean): Promise<void> {
    const good = async () => {
      const run = current
      if (failure || isOver) return true
      if (run === undefined) return false
      const answer = await fetch(`${url}${path}`)
      const { status } = (await answer.json()) as { status: string }
      run.wasReady ||= answer.ok
      return answer.ok && isGood(status) && run === current
    }
    await until(good, { timeoutMs: patienceMs, what: `${name} at ${url}${path}` }).catch((error: Error) => {
      throw new Error(`${error.message}: ${supervised.output()}`)
    })
    if (failure) throw failure
    if (isOver) throw new Error(`The test ended before ${name} answered at ${url}${path}`)
  }

  const supervised: Supervised = {
    name,
    url,
    pid: () => running().process.pid,
    starts: () => starts,
    ends: () => new Map(ends),
    crashes: () => [...crashes],
    output: () => output + (current?.process.output() ?? ''),
    signal,
    ready: () => untilAnswer('/ready', () => true),
    healthy: () => untilAnswer('/health', (status) => status === 'ok'),
    async stop(name = 'SIGTERM') {
      wanted = false
      const run = current
      if (run) signal(name)
      const exit = await run?.process.exited
      await supervising
      return exit ?? { code: null, signal: null }
    },
    start() {
      // Whoever restarts it may not know yet: nobody would end it any more.
      if (isOver) return
      wanted = true
      supervising = keepRunning()
    },
  }
  let supervising = keepRunning()
  t.teardown(async () => {
    isOver = true
    wanted = false
    await killLast()
    await supervising
  })
  return supervised
}
