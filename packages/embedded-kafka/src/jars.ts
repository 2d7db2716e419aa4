import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { programsFound } from './availability.ts'
import { KafkaStartError } from './start-error.ts'

const kafkaVersion = '4.1.0'
const packageFolder = resolve(import.meta.dirname, '..')
const cacheFolder = resolve(packageFolder, '../../node_modules/.cache/kafka')
const draftPrefix = '.draft-'

/** The folder with Kafka's jars. The first call on a checkout fetches them with Maven (some 45 MB); later ones find them there. */
export async function kafkaJars(): Promise<string> {
  const folder = join(cacheFolder, kafkaVersion)
  if (existsSync(folder)) return folder
  if (!programsFound().maven) {
    throw new KafkaStartError('no-maven', 'Maven is not installed, which fetches Kafka: install it (Debian: apt-get install maven)')
  }
  await mkdir(cacheFolder, { recursive: true })
  const draft = await mkdtemp(join(cacheFolder, draftPrefix))
  try {
    await fetchJars(draft)
    // Of several at once, the first one's stay.
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return folder
}

async function fetchJars(target: string): Promise<void> {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${target}`, `-Dkafka.version=${kafkaVersion}`]
  const maven = spawn('mvn', ['-q', '-B', '-f', join(packageFolder, 'pom.xml'), ...goal], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  maven.stdout.on('data', (chunk) => (output += chunk))
  maven.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise<number | null>((settle, reject) => {
    maven.once('error', reject)
    maven.once('close', settle)
  })
  if (code === 0 && (await readdir(target)).some((name) => name.startsWith('kafka_'))) return
  const said = output.split('\n').find((line) => line.includes('ERROR')) ?? output
  throw new KafkaStartError('no-jars', `Maven could not fetch Kafka ${kafkaVersion}: ${said}`)
}
