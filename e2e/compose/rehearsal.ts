import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startTestKafka } from '@crm/testing/kafka.ts'
import { freePorts } from '@crm/testing/ports.ts'
import { startTestServer } from '@crm/testing/server.ts'
import postgres from 'postgres'
import type { Test } from 'tap'
import { writeSecrets } from '../../scripts/secrets/write-secrets.ts'
import { createImageBuilder } from './build-image.ts'
import { type ComposeFile, readComposeFile } from './compose-file.ts'
import { type Container, composeRun, composeUp, type Ended, type System } from './compose-up.ts'
import { commandOf, readDockerfile, stepsOf, workingFolder } from './dockerfile.ts'
import { environmentOnLoopback, mountSecrets, type Places, portsOf } from './loopback.ts'

const run = promisify(execFile)

export interface Rehearsal {
  compose: ComposeFile
  /** `docker compose up --wait`. */
  up(): Promise<System>
  /** `docker compose run --rm`: what a service's program says to these arguments. */
  run(service: string, ...args: string[]): Promise<Ended>
  /** Where a service's port is: the one for its callers unless another is named. */
  urlOf(service: string, port?: string): string
  /** A secret as the service that gets it reads it. */
  secret(service: string, name: string): Promise<string>
  /** Where Kafka is. */
  brokers: string
  /** Files in the images that are newer than the images. */
  changedFiles(): Promise<string[]>
}

/** Builds the images' files and starts PostgreSQL and Kafka, on loopback and free ports, with the secrets that `pnpm secrets` makes. */
export async function prepareRehearsal(t: Test): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-compose-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))
  const compose = readComposeFile()
  const secrets = join(folder, 'secrets')
  writeSecrets(secrets)
  const places = await findPlaces(t, compose, secrets)
  const containers = await buildContainers(compose, { folder, secrets, places })
  const marker = join(folder, 'images-are-built')
  await writeFile(marker, '')

  return {
    compose,
    brokers: places.get('kafka:9092') ?? '',
    up: () => composeUp(t, compose, containers),
    async run(service, ...args) {
      const container = containers.get(service)
      if (container === undefined) throw new Error(`${service} is none of our containers`)
      return await composeRun(t, container, args)
    },
    urlOf: (service, port = portsOf(compose, service)[0]) => `http://${places.get(`${service}:${port}`)}`,
    secret: async (service, name) => (await readFile(join(folder, 'run', service, name), 'utf8')).trim(),
    async changedFiles() {
      const roots = [...containers.values()].map(({ root }) => root)
      const { stdout } = await run('find', [...roots, '-newer', marker])
      return stdout.split('\n').filter((line) => line !== '')
    },
  }
}

async function findPlaces(t: Test, compose: ComposeFile, secrets: string): Promise<Places> {
  const [server, kafka] = await Promise.all([startTestServer(t), startTestKafka(t, kafkaSettings(compose))])
  await setSuperuserPassword(server.url(), await readFile(join(secrets, 'postgres_password'), 'utf8'))
  const listening = Object.keys(compose.services).flatMap((service) => portsOf(compose, service).map((port) => `${service}:${port}`))
  const ports = await freePorts(listening.length)
  return new Map([
    ['postgres:5432', new URL(server.url()).host],
    ['kafka:9092', kafka.brokers],
    ...listening.map((address, index) => [address, `127.0.0.1:${ports[index]}`] as const),
  ])
}

// As the image does with POSTGRES_PASSWORD_FILE.
async function setSuperuserPassword(url: string, password: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  // pnpm secrets makes it of characters that need no escape.
  await sql.unsafe(`alter role postgres password '${password.trim()}'`).finally(() => sql.end({ timeout: 1 }))
}

// The image makes a property of each variable that is none of the start scripts' own. Where the broker listens is not ours to say.
function kafkaSettings(compose: ComposeFile): Record<string, string> {
  const variables = Object.entries(compose.services.kafka?.environment ?? {})
  const properties = variables.filter(([name]) => name.startsWith('KAFKA_') && !/_OPTS$/.test(name))
  return Object.fromEntries(
    properties.map(([name, value]) => [name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.'), String(value)]),
  )
}

async function buildContainers(
  compose: ComposeFile,
  { folder, secrets, places }: { folder: string; secrets: string; places: Places },
): Promise<Map<string, Container>> {
  const stages = readDockerfile()
  const build = createImageBuilder(stages, join(folder, 'images'))
  const ours = Object.entries(compose.services).flatMap(([name, { build: own }]) =>
    own === undefined ? [] : [[name, own.target] as const],
  )
  const built = ours.map(async ([name, target]): Promise<[string, Container]> => {
    const mounted = mountSecrets(compose, name, { from: secrets, to: join(folder, 'run', name), places })
    const inImage = stepsOf(stages, target).flatMap(({ keyword, args }) => (keyword === 'ENV' ? args.map((arg) => arg.split('=')) : []))
    const environment = { ...Object.fromEntries(inImage), ...environmentOnLoopback(compose, name, { places, secrets: mounted }) }
    const container = { root: await build(target), command: commandOf(stages, target), workdir: workingFolder(stages, target), environment }
    return [name, container]
  })
  return new Map(await Promise.all(built))
}
