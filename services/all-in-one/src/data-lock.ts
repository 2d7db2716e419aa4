import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import { livePid, ownIdentity } from './process-identity.ts'

// The lock is a folder that holds one file, named for its holder. Only an empty folder can be replaced by renaming another onto it, and
// a stale holder's file is removed by its unique name: nobody can take a lock away from one who claimed it a moment ago.
const lockName = 'holder'
const draftPrefix = '.holder-'

/**
 * Claims a data folder for this process, making the folder first; of several claims at once exactly one succeeds. Throws StartError when
 * a live process holds it. Returns what lets go of it, which the end of this process does too unless it is killed.
 */
export function lockDataFolder(dataDir: string): () => void {
  const claim = `${ownIdentity()}.${randomUUID()}`
  const draft = join(dataDir, draftPrefix + claim)
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    mkdirSync(draft, { mode: 0o700 })
    writeFileSync(join(draft, claim), '')
  } catch (cause) {
    throw new StartError(`the data folder ${dataDir} cannot be made or written: set DATA_DIR to one you may write to`, { cause })
  }
  try {
    while (!replaceEmptyFolder(draft, join(dataDir, lockName))) {
      const pid = findHolder(dataDir)
      if (pid !== undefined) throw heldBy(pid, dataDir)
      removeStale(join(dataDir, lockName), '')
    }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  removeStale(dataDir, draftPrefix)
  return releaseAtExit(join(dataDir, lockName), claim)
}

/** The live process that holds the folder, if there is one; what a dead one left holds nothing. */
export function findHolder(dataDir: string): number | undefined {
  return entriesOf(join(dataDir, lockName))
    .map((claim) => livePid(identityOf(claim)))
    .find((pid) => pid !== undefined)
}

function heldBy(pid: number, dataDir: string): StartError {
  return new StartError(`it is running already on ${dataDir} as process ${pid}: stop that one first, or set DATA_DIR to another folder`)
}

function replaceEmptyFolder(draft: string, folder: string): boolean {
  try {
    renameSync(draft, folder)
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOTEMPTY' || cause.code === 'EEXIST')) return false
    throw new StartError(`${folder} cannot be made: remove what is there, or set DATA_DIR to another folder`, { cause })
  }
}

function removeStale(folder: string, prefix: string): void {
  for (const name of entriesOf(folder)) {
    const isStale = name.startsWith(prefix) && livePid(identityOf(name.slice(prefix.length))) === undefined
    if (isStale) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

const identityOf = (claim: string) => claim.slice(0, claim.indexOf('.'))

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function releaseAtExit(lock: string, claim: string): () => void {
  const release = () => {
    process.removeListener('exit', release)
    rmSync(join(lock, claim), { force: true })
    try {
      rmdirSync(lock)
    } catch {
      // The next holder has it already.
    }
  }
  process.once('exit', release)
  return release
}
