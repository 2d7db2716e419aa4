import { spawnSync } from 'node:child_process'

let found: { java: boolean; maven: boolean } | undefined

/** Which of the programs that Kafka needs are on the PATH; looked up once. */
export function programsFound(): { java: boolean; maven: boolean } {
  found ??= { java: runs('java', '-version'), maven: runs('mvn', '--version') }
  return found
}

/** Whether Kafka can be started here: `java` runs it, `mvn` fetches its jars. */
export function kafkaAvailable(): boolean {
  const { java, maven } = programsFound()
  return java && maven
}

function runs(program: string, argument: string): boolean {
  return spawnSync(program, [argument], { stdio: 'ignore' }).status === 0
}
