import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { programsFound } from './availability.ts'
import { claimFolder, formatData, inspectData } from './data-folder.ts'
import { kafkaJars } from './jars.ts'
import { launchJava, startedLine } from './launch.ts'
import { answersMetadata } from './probe.ts'
import { serverProperties } from './server-properties.ts'
import { explainStartFailure, KafkaStartError, type StartAttempt } from './start-error.ts'

export interface StartOptions {
  /** Holds the data (`data/`) and the configuration; made when it is missing. */
  dir: string
  /** TCP port of 127.0.0.1 for clients. */
  port: number
  /** TCP port of 127.0.0.1 on which the broker's own controller listens. */
  controllerPort: number
  /** Broker settings that replace or add to ours. */
  settings?: Record<string, string>
  /** Called with each line the broker logs. */
  log?: (line: string) => void
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A running broker. Whoever started it stops it; on Linux it also ends by itself when its starter is gone, however that ended. */
export interface EmbeddedKafka {
  /** `host:port`, as clients want it. */
  readonly brokers: string
  readonly port: number
  readonly controllerPort: number
  readonly pid: number
  /** Settles when the broker is gone, also when nobody asked for it. Never rejects. */
  readonly exited: Promise<Exit>
  /** Writes everything to disk and resolves when the process is gone: within 15 s, after which it is killed. */
  stop(): Promise<void>
  /** Kills it at once, as a crash would; resolves when it is gone. */
  kill(): Promise<void>
}

const readyTimeoutMs = 60_000
const stopTimeoutMs = 15_000
const probeEveryMs = 100

/**
 * Starts Apache Kafka 4.1 (KRaft; broker and controller in one process) on the data in `dir`, which is made first when there is
 * none, and resolves when it answers clients. Rejects with KafkaStartError; existing data is never overwritten, nothing is left running.
 */
export async function startKafka(options: StartOptions): Promise<EmbeddedKafka> {
  if (!programsFound().java) {
    throw new KafkaStartError(
      'no-java',
      'Java is not installed, which runs Kafka: install 17 or newer (Debian: apt-get install default-jre-headless)',
    )
  }
  const dir = resolve(options.dir)
  // A second broker would write to the metadata log that the first one reads, before it finds the data locked: the first one dies of it.
  const release = claimFolder(dir)
  try {
    return await startBroker(options, { dir, release })
  } catch (error) {
    release()
    throw error
  }
}

interface ClaimedFolder {
  dir: string
  /** Called when the broker is gone. */
  release: () => void
}

async function startBroker(
  { port, controllerPort, settings, log = () => {} }: StartOptions,
  claimed: ClaimedFolder,
): Promise<EmbeddedKafka> {
  const { dir, release } = claimed
  const dataDir = join(dir, 'data')
  const data = await inspectData(dataDir)
  const jars = await kafkaJars()
  if (data === 'absent') await formatData({ dir, dataDir, jars })
  const properties = join(dir, 'server.properties')
  await writeFile(properties, serverProperties({ port, controllerPort, dataDir }, settings))

  const broker = launchJava({ jars, mainClass: 'kafka.Kafka', args: [properties], endsWithParent: true })
  const exited = new Promise<Exit>((settle) => {
    broker.once('close', (code, signal) => {
      release()
      settle({ code, signal })
    })
  })
  const brokers = `127.0.0.1:${port}`
  const pid = await awaitReady(broker, { dataDir, ports: [port, controllerPort], brokers, log })
  endWithUs(broker)
  return {
    brokers,
    port,
    controllerPort,
    pid,
    exited,
    stop: () => stop(broker, exited),
    async kill() {
      broker.kill('SIGKILL')
      await exited
    },
  }
}

interface Waiting extends StartAttempt {
  brokers: string
  log: (line: string) => void
}

async function awaitReady(broker: ChildProcess, waiting: Waiting): Promise<number> {
  const lines: string[] = []
  const slow = setTimeout(() => {
    lines.unshift(`ERROR it did not answer within ${readyTimeoutMs / 1000} s`)
    broker.kill('SIGKILL')
  }, readyTimeoutMs)
  let over = false
  const { promise, resolve: ready, reject: fail } = Promise.withResolvers<number>()
  const probe = async () => {
    const answered = await answersMetadata(waiting.brokers)
    if (answered && broker.pid !== undefined) ready(broker.pid)
    else if (!over) setTimeout(probe, probeEveryMs)
  }
  for (const stream of [broker.stdout, broker.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      waiting.log(line)
      if (lines.length < 1000) lines.push(line)
      // Not before: until it has bound its port, somebody else may answer there.
      if (line.includes(startedLine)) void probe()
    })
  }
  broker.once('close', () => fail(explainStartFailure(lines, waiting)))
  broker.once('error', (cause) => fail(new KafkaStartError('failed', `Java could not be run: ${cause.message}`, { cause })))
  return await promise.finally(() => {
    over = true
    clearTimeout(slow)
  })
}

async function stop(broker: ChildProcess, exited: Promise<Exit>): Promise<void> {
  broker.kill('SIGTERM')
  const kill = setTimeout(() => broker.kill('SIGKILL'), stopTimeoutMs)
  await exited
  clearTimeout(kill)
}

// Where the kernel does not end the broker with us, at least an ordinary exit does.
function endWithUs(broker: ChildProcess): void {
  const end = () => broker.kill('SIGKILL')
  process.once('exit', end)
  broker.once('close', () => process.removeListener('exit', end))
}
