import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { type Account, launch } from './launch.ts'
import { findProcess } from './process-table.ts'
import { dataDamaged, PostgresStartError } from './start-error.ts'

export const superuser = 'postgres'

const majorVersion = '18'
const controlFileBytes = 8192
const initPrefix = '.initdb-'

/** Whether the folder holds data that a server may try to start on. Throws `data-damaged` when it holds anything else. */
export async function inspectData(dataDir: string): Promise<'absent' | 'present'> {
  const entries = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    if (error.code === 'ENOTDIR') throw dataDamaged(dataDir, 'it is not a folder')
    throw new PostgresStartError('failed', `The PostgreSQL data in ${dataDir} cannot be read (${error.code}): run as the user who made it`)
  })
  if (entries === undefined) return 'absent'
  if (!entries.includes('PG_VERSION')) throw dataDamaged(dataDir, 'PG_VERSION is missing')
  const version = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim()
  if (version !== majorVersion)
    throw dataDamaged(dataDir, `it was made by PostgreSQL ${version || 'of no version'}, this is ${majorVersion}`)
  const missing = ['base', 'global', 'pg_wal', 'pg_xact'].find((folder) => !entries.includes(folder))
  if (missing !== undefined) throw dataDamaged(dataDir, `${missing} is missing`)
  const control = await stat(join(dataDir, 'global', 'pg_control')).catch(() => undefined)
  if (control === undefined) throw dataDamaged(dataDir, 'global/pg_control is missing')
  if (control.size !== controlFileBytes)
    throw dataDamaged(dataDir, `global/pg_control has ${control.size} bytes instead of ${controlFileBytes}`)
  return 'present'
}

/** The superuser's password for the data under `dir`, made at first use and kept in a file only we may read. */
export async function readOrCreatePassword(dir: string, data: 'absent' | 'present'): Promise<string> {
  const file = join(dir, 'password')
  if (data === 'absent') {
    const draft = join(dir, `.password-${process.pid}-${randomBytes(4).toString('hex')}`)
    await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' })
    // A link fails when the file exists: of several starts at once, all use the password of the first.
    await link(draft, file).catch(ignoring('EEXIST'))
    await rm(draft)
  }
  const password = await readFile(file, 'utf8').catch(ignoring('ENOENT'))
  if (!password) throw dataDamaged(join(dir, 'data'), `the superuser's password in ${file} is missing`)
  return password
}

interface Initialisation {
  dir: string
  binaries: Binaries
  account: Account | undefined
  durable: boolean
  signal: AbortSignal | undefined
}

/**
 * Makes an empty database cluster; the data folder appears whole or, when it fails or is aborted, not at all. Does nothing when another
 * start made it meanwhile.
 */
export async function initialiseData(options: Initialisation): Promise<void> {
  const { dir, account } = options
  await removeLeftovers(dir)
  const draft = await mkdtemp(join(dir, `${initPrefix}${process.pid}-`))
  try {
    await chmod(draft, 0o700)
    if (account !== undefined) await chown(draft, account.uid, account.gid)
    await runInitdb({ ...options, target: draft })
    await rename(draft, join(dir, 'data')).catch(ignoring('ENOTEMPTY', 'EEXIST'))
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Makes the folder that holds the data and its password, only for us. */
export async function createFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw new PostgresStartError('failed', `The folder ${dir} for PostgreSQL cannot be made (${cause.code}): choose one you may write to`, {
      cause,
    })
  })
}

async function runInitdb(options: Initialisation & { target: string }): Promise<void> {
  const { signal } = options
  signal?.throwIfAborted()
  // The built-in locale provider needs no locale of the host and sorts alike everywhere.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = [`--username=${superuser}`, '--auth=scram-sha-256', `--pwfile=${join(options.dir, 'password')}`]
  const initdb = launch(
    options.binaries.initdb,
    [`--pgdata=${options.target}`, ...locale, ...access, ...(options.durable ? [] : ['--no-sync'])],
    { account: options.account, endsWithParent: false },
  )
  let output = ''
  initdb.stdout?.on('data', (chunk) => (output += chunk))
  initdb.stderr?.on('data', (chunk) => (output += chunk))
  const stop = () => killGroup(initdb)
  signal?.addEventListener('abort', stop)
  const code = await new Promise<number | null>((resolve, reject) => {
    initdb.on('error', reject)
    initdb.on('close', resolve)
  }).finally(() => signal?.removeEventListener('abort', stop))
  signal?.throwIfAborted()
  if (code === 0) return
  const said = output.split('\n').filter((line) => /error|fatal|denied|No space/i.test(line))
  throw new PostgresStartError('failed', `New PostgreSQL data could not be made in ${options.dir}: ${said.join(' ') || output}`)
}

// With the servers that it runs; a program that we launch leads a group of its own.
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // It has ended; on macOS that is EPERM until its end is taken note of.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error
  }
}

// A start that was killed leaves its draft behind; the process id in the name says whose it is.
async function removeLeftovers(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const maker = /^\.(?:initdb|password)-(\d+)-/.exec(name)?.[1]
    if (maker !== undefined && findProcess(Number(maker)) === undefined) await rm(join(dir, name), { recursive: true, force: true })
  }
}

function ignoring(...codes: string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code === undefined || !codes.includes(error.code)) throw error
  }
}
