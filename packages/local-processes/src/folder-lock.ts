import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { livePid, ownIdentity } from './process-identity.ts'

// The lock is a folder that holds one file, named for its holder. Only an empty folder can be replaced by renaming another onto it, and
// a stale holder's file is removed by its unique name: nobody can take a lock away from one who claimed it a moment ago.
const lockName = 'holder'
const draftPrefix = '.holder-'

/** A folder could not be claimed. The message is one line that says what is wrong, where, and what to do. */
export class FolderLockError extends Error {
  /** The process that holds the folder; undefined when the folder itself is the trouble. */
  readonly holder: number | undefined

  constructor(message: string, { holder, ...options }: ErrorOptions & { holder?: number } = {}) {
    super(message, options)
    this.name = 'FolderLockError'
    this.holder = holder
  }
}

/**
 * Claims a folder for this process, making the folder first; of several claims at once exactly one succeeds. Throws FolderLockError, also
 * when this process holds it. Returns what lets go of it, which the end of this process does too; one that is killed holds nothing.
 */
export function lockFolder(folder: string): () => void {
  const claim = `${ownIdentity()}.${randomUUID()}`
  const draft = join(folder, draftPrefix + claim)
  const lock = join(folder, lockName)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    mkdirSync(draft, { mode: 0o700 })
    writeFileSync(join(draft, claim), '')
  } catch (cause) {
    throw new FolderLockError(`${folder} cannot be made or written: see that you may write to it`, { cause })
  }
  try {
    removeStale(folder, draftPrefix)
    while (!replaceEmptyFolder(draft, lock)) {
      const holder = findHolder(folder)
      if (holder !== undefined) throw new FolderLockError(`${folder} is in use by process ${holder}: stop that one first`, { holder })
      removeStale(lock, '')
    }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return releaseAtExit(lock, claim)
}

/** The live process that holds the folder, if there is one; what a dead one left holds nothing. */
export function findHolder(folder: string): number | undefined {
  return entriesOf(join(folder, lockName))
    .map((claim) => livePid(identityOf(claim)))
    .find((pid) => pid !== undefined)
}

function replaceEmptyFolder(draft: string, folder: string): boolean {
  try {
    renameSync(draft, folder)
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOTEMPTY' || cause.code === 'EEXIST')) return false
    throw new FolderLockError(`${folder} cannot be made: remove what is there`, { cause })
  }
}

function removeStale(folder: string, prefix: string): void {
  for (const name of entriesOf(folder)) {
    const isStale = name.startsWith(prefix) && livePid(identityOf(name.slice(prefix.length))) === undefined
    if (isStale) remove(join(folder, name))
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (cause) {
    throw new FolderLockError(`${path} cannot be removed: see that you may write there`, { cause })
  }
}

const identityOf = (claim: string) => claim.slice(0, claim.indexOf('.'))

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return []
    throw new FolderLockError(`${folder} cannot be read: see that you may read it`, { cause })
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
