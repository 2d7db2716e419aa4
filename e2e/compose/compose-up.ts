import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { until } from '@crm/testing/poll.ts'
import { endingWithUs, type ProcessExit, startProcess, type Teardown, type TestProcess } from '@crm/testing/processes.ts'
import { type ComposeFile, type ComposeService, type Condition, milliseconds } from './compose-file.ts'
import type { Command } from './dockerfile.ts'

/** What the engine would make a container of. */
export interface Container {
  /** The image's files. */
  root: string
  command: Command
  /** The folder in the image that it runs in. */
  workdir: string
  environment: Record<string, string>
}

export interface System {
  /** In the order in which they were started. */
  processes: Map<string, TestProcess>
  /** As `docker compose stop` does: SIGTERM, those first whom nobody waits for; whoever outlasts the grace period is killed. */
  stop(): Promise<Map<string, ProcessExit>>
}

const healthyWithinMs = 110_000

/** Starts services as plain processes in the order, and on the conditions, that depends_on names. Those that are not `containers` run already. */
export async function composeUp(t: Teardown, compose: ComposeFile, containers: ReadonlyMap<string, Container>): Promise<System> {
  const processes = new Map<string, TestProcess>()
  const starting = new Map<string, Promise<TestProcess>>()
  const healthy = new Map<string, Promise<void>>()

  function once<T>(kept: Map<string, Promise<T>>, name: string, begin: () => Promise<T>): Promise<T> {
    const begun = kept.get(name) ?? begin()
    kept.set(name, begun)
    return begun
  }

  const start = (name: string, container: Container) =>
    once(starting, name, async () => {
      const { depends_on = {} } = serviceOf(compose, name)
      const { entrypoint, args } = container.command
      await Promise.all(Object.entries(depends_on).map(([other, { condition }]) => reached(other, condition)))
      const process = await startProcess(t, endingWithUs(inContainer(container, [...entrypoint, ...args])))
      processes.set(name, process)
      return process
    })

  async function reached(name: string, condition: Condition): Promise<void> {
    const container = containers.get(name)
    if (container === undefined) return
    const process = await start(name, container)
    if (condition === 'service_healthy') await once(healthy, name, () => untilHealthy(name, container, process))
    if (condition === 'service_completed_successfully') {
      const { code } = await process.exited
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${process.output()}`)
    }
  }

  async function untilHealthy(name: string, container: Container, process: TestProcess): Promise<void> {
    const { healthcheck } = serviceOf(compose, name)
    const [form, ...command] = healthcheck?.test ?? []
    if (form !== 'CMD') throw new Error(`${name} has no health check that can be run here`)
    const isHealthy = async () => (await exitCode(inContainer(container, command))) === 0
    const intervalMs = milliseconds(healthcheck?.start_interval ?? '1s')
    await until(isHealthy, { timeoutMs: healthyWithinMs, intervalMs, what: `health of ${name}` }).catch((error) => {
      throw new Error(`${error.message}: ${process.output()}`)
    })
  }

  const names = [...containers.keys()].filter((name) => serviceOf(compose, name).profiles === undefined)
  await Promise.all(names.map((name) => reached(name, serviceOf(compose, name).healthcheck ? 'service_healthy' : 'service_started')))
  return { processes, stop: () => stopInOrder(compose, processes) }
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a container's program with other arguments to its end, as `docker compose run --rm` does when those it depends on are there. */
export async function composeRun(t: Teardown, container: Container, args: readonly string[]): Promise<Ended> {
  const process = await startProcess(t, endingWithUs(inContainer(container, [...container.command.entrypoint, ...args])))
  const { code } = await process.exited
  return { code, stdout: process.stdout(), stderr: process.stderr() }
}

async function stopInOrder(compose: ComposeFile, processes: Map<string, TestProcess>): Promise<Map<string, ProcessExit>> {
  const exits = new Map<string, ProcessExit>()
  for (const [name, process] of [...processes].toReversed()) {
    const graceMs = milliseconds(serviceOf(compose, name).stop_grace_period)
    const killing = setTimeout(() => void process.stop('SIGKILL'), graceMs)
    exits.set(name, await process.stop('SIGTERM'))
    clearTimeout(killing)
  }
  return exits
}

function serviceOf(compose: ComposeFile, name: string): ComposeService {
  const service = compose.services[name]
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`)
  return service
}

/** How a command of the image is run: by this very Node, from the image's files, with no environment but the container's. */
function inContainer({ root, workdir, environment }: Container, [program, ...args]: string[]) {
  if (program !== 'node') throw new Error(`${program} is none of the image's own programs`)
  const ours = Object.keys(process.env).map((name) => [name, undefined] as const)
  return {
    command: process.execPath,
    args: args.map((arg) => (arg.startsWith('/') ? join(root, arg) : arg)),
    cwd: join(root, workdir),
    env: { ...Object.fromEntries(ours), PATH: process.env.PATH, ...environment },
  }
}

async function exitCode({ command, args, cwd, env }: ReturnType<typeof inContainer>): Promise<number | null> {
  return await new Promise((resolve) => {
    const child = execFile(command, args, { cwd, env }, () => resolve(child.exitCode))
  })
}
