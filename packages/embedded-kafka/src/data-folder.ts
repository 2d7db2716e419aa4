import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FolderLockError, lockFolder } from '@crm/local-processes/folder-lock.ts'
import { launchJava } from './launch.ts'
import { serverProperties } from './server-properties.ts'
import { dataDamaged, KafkaStartError } from './start-error.ts'

const draftPrefix = '.format-'

/** Claims the folder that holds the data, and makes it when it is missing. Throws KafkaStartError. Returns what lets go of it. */
export function claimFolder(dir: string): () => void {
  try {
    return lockFolder(dir)
  } catch (cause) {
    if (!(cause instanceof FolderLockError)) throw cause
    if (cause.holder === undefined) throw new KafkaStartError('failed', `${cause.message}, or choose another folder`, { cause })
    const what = `Kafka runs already on ${dir}, started by process ${cause.holder}`
    throw new KafkaStartError('data-in-use', `${what}: stop that one first, or choose another folder`, { cause })
  }
}

/** Whether the folder holds data that a broker may try to start on. Throws `data-damaged` when it holds anything else. */
export async function inspectData(dataDir: string): Promise<'absent' | 'present'> {
  const entries = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    if (error.code === 'ENOTDIR') throw dataDamaged(dataDir, 'it is not a folder')
    throw new KafkaStartError('failed', `The Kafka data in ${dataDir} cannot be read (${error.code}): run as the user who made it`)
  })
  if (entries === undefined) return 'absent'
  if (!entries.includes('meta.properties')) throw dataDamaged(dataDir, 'meta.properties is missing')
  const meta = await readFile(join(dataDir, 'meta.properties'), 'utf8')
  const missing = ['cluster.id', 'node.id', 'version'].find((name) => !new RegExp(`^${name}=\\S`, 'm').test(meta))
  if (missing !== undefined) throw dataDamaged(dataDir, `meta.properties has no ${missing}`)
  return 'present'
}

/** Makes an empty data folder, which appears whole or not at all. */
export async function formatData(options: { dir: string; dataDir: string; jars: string }): Promise<void> {
  const draft = await mkdtemp(join(options.dir, draftPrefix))
  const properties = `${draft}.properties`
  try {
    // The ports play no part in what is written.
    await writeFile(properties, serverProperties({ port: 9092, controllerPort: 9093, dataDir: draft }))
    const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A')
    const args = ['format', '--cluster-id', clusterId, '--config', properties]
    const format = launchJava({ jars: options.jars, mainClass: 'kafka.tools.StorageTool', args, endsWithParent: true })
    let output = ''
    format.stdout?.on('data', (chunk) => (output += chunk))
    format.stderr?.on('data', (chunk) => (output += chunk))
    const code = await new Promise<number | null>((settle, reject) => {
      format.once('error', reject)
      format.once('close', settle)
    })
    if (code !== 0) throw new KafkaStartError('failed', `New Kafka data could not be made in ${options.dir}: ${output.slice(0, 500)}`)
    await rename(draft, options.dataDir)
  } finally {
    await rm(draft, { recursive: true, force: true })
    await rm(properties, { force: true })
  }
}
