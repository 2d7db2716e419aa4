import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { hasSetpriv } from '@crm/local-processes/setpriv.ts'

export interface JavaProgram {
  jars: string
  mainClass: string
  args: readonly string[]
  /** Let it be killed as soon as this process is gone, however it ended (Linux only). */
  endsWithParent: boolean
}

// Kafka recovers from a kill as from a crash; an orderly end might outlive us for long.
const signalOfParentsDeath = 'KILL'
const memory = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
const logging = [
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
]

/** Logged once the broker has bound its ports. */
export const startedLine = 'Kafka Server started'

/** Starts a program of Kafka's jars in a session of its own, so that a terminal's Ctrl-C does not reach it. */
export function launchJava({ jars, mainClass, args, endsWithParent }: JavaProgram): ChildProcess {
  const java = ['java', ...memory, ...logging, '-cp', join(jars, '*'), mainClass, ...args]
  const [command = 'java', ...rest] =
    endsWithParent && hasSetpriv() ? ['setpriv', '--pdeathsig', signalOfParentsDeath, '--', ...java] : java
  return spawn(command, rest, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // biome-ignore lint/style/noProcessEnv: no setting of ours; java is to be found where every other program is
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  })
}
