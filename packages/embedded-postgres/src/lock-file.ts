import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProcess, workingFolder } from './process-table.ts'
import { dataInUse } from './start-error.ts'

interface LockFile {
  pid: number
  status: string
  lines: string[]
}

const stoppingTimeoutMs = 20_000
const orphanNoticeMs = 500

/**
 * Makes sure no live server holds the data folder: waits for one that is stopping, makes the lock of a dead one harmless.
 * Throws `data-in-use` when a server is running there.
 */
export async function awaitDataReleased(dataDir: string): Promise<void> {
  const start = Date.now()
  for (;;) {
    const lock = await readLockFile(dataDir)
    if (lock === undefined) return
    const state = holderState(lock.pid, dataDir)
    if (state === 'gone') return await disownLock(dataDir, lock)
    const patience = state === 'zombie' || lock.status === 'stopping' ? stoppingTimeoutMs : orphanNoticeMs
    if (Date.now() - start > patience) {
      if (state === 'zombie') return await disownLock(dataDir, lock)
      throw dataInUse(dataDir, lock.pid)
    }
    await sleep(25)
  }
}

// A process with the lock's id that is not a server on this folder took over the number of a dead one.
function holderState(pid: number, dataDir: string): 'running' | 'zombie' | 'gone' {
  const holder = findProcess(pid)
  if (holder === undefined || holder.state === 'zombie') return holder?.state ?? 'gone'
  if (pid === process.pid || holder.program !== 'postgres') return 'gone'
  const folder = workingFolder(pid)
  return folder === undefined || folder === dataDir ? 'running' : 'gone'
}

// A server takes a lock with the id of its own parent for stale, while it still refuses if orphans of the old one use its shared memory
// (which it finds by the file's other lines). So the file is kept and only the id changes.
async function disownLock(dataDir: string, lock: LockFile): Promise<void> {
  const current = await readLockFile(dataDir)
  if (current?.pid !== lock.pid) return
  const replacement = join(dataDir, `postmaster.pid.${process.pid}`)
  await writeFile(replacement, [String(process.pid), ...lock.lines.slice(1)].join('\n'), { mode: 0o644 })
  await rename(replacement, join(dataDir, 'postmaster.pid'))
}

async function readLockFile(dataDir: string): Promise<LockFile | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const lines = text.split('\n')
  const pid = Number(lines[0])
  return Number.isInteger(pid) && pid > 0 ? { pid, status: (lines[7] ?? '').trim(), lines } : undefined
}
