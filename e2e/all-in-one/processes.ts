import { readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The process id of the PostgreSQL that runs on a data folder of the all-in-one. Rejects when none does. */
export async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** What should not outlive the all-in-one: processes that name its data folder (where /proc tells), lock files, drafts. */
export async function leftovers(dataDir: string): Promise<string[]> {
  const files = await readdir(dataDir)
  const ofPostgres = await readdir(join(dataDir, 'postgres')).catch(() => [])
  const ofData = await readdir(join(dataDir, 'postgres/data')).catch(() => [])
  return [
    ...processesNaming(dataDir),
    ...files.filter((name) => name !== 'postgres' && name !== 'signing-key-secret'),
    ...ofPostgres.filter((name) => name.startsWith('.')).map((name) => `postgres/${name}`),
    ...ofData.filter((name) => name.startsWith('postmaster.pid')).map((name) => `postgres/data/${name}`),
  ]
}

function processesNaming(text: string): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid))
    .filter((command) => command.includes(text))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
