import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'

/** Claims a data folder for this process, making the folder first. Throws StartError when a live process holds it. Returns what lets go of it. */
export function lockDataFolder(dataDir: string): () => void {
  createFolder(dataDir)
  const file = join(dataDir, 'lock')
  const holder = readHolder(file)
  if (holder !== undefined && isRunning(holder)) {
    throw new StartError(`it is running already on ${dataDir} as process ${holder}: stop that one first, or set DATA_DIR to another folder`)
  }
  rmSync(file, { force: true })
  try {
    writeFileSync(file, `${JSON.stringify({ pid: process.pid })}\n`, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    throw new StartError(`another start is claiming ${dataDir} at this moment`, { cause })
  }
  return () => rmSync(file, { force: true })
}

function createFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new StartError(`the data folder ${dataDir} cannot be made: set DATA_DIR to one you may write to`, { cause })
  }
}

function readHolder(file: string): number | undefined {
  try {
    const { pid }: { pid?: unknown } = JSON.parse(readFileSync(file, 'utf8'))
    return typeof pid === 'number' ? pid : undefined
  } catch {
    return undefined
  }
}

// After a crash the number may belong to a program that has nothing to do with us; where /proc tells, only node counts.
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('node')
  } catch {
    return process.platform !== 'linux'
  }
}
