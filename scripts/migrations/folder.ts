import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface JournalEntry {
  idx: number
  version: string
  /** Milliseconds since 1970; drizzle's migrator applies what is newer than the newest it has applied. */
  when: number
  tag: string
  breakpoints: boolean
}

export interface Journal {
  version: string
  dialect: string
  entries: JournalEntry[]
}

export type Snapshot = Record<string, unknown>

/** A migrations folder as drizzle-kit lays it out: <tag>.sql, meta/_journal.json, meta/<idx>_snapshot.json. */
export interface MigrationsFolder {
  journal: Journal
  /** Names of the SQL files, without .sql, sorted. */
  tags: string[]
  /** Names of the snapshot files, sorted. */
  snapshots: string[]
  lastSnapshot: Snapshot | undefined
}

export const statementBreakpoint = '--> statement-breakpoint\n'

export function migrationNumber(idx: number): string {
  return String(idx).padStart(4, '0')
}

function sortedNames(names: string[], ending: string): string[] {
  return names.filter((name) => name.endsWith(ending)).sort()
}

/** Reads a migrations folder; a missing one is an empty one. */
export async function readMigrationsFolder(path: string): Promise<MigrationsFolder> {
  const meta = join(path, 'meta')
  const journalPath = join(meta, '_journal.json')
  const journal: Journal = existsSync(journalPath)
    ? JSON.parse(await readFile(journalPath, 'utf8'))
    : { version: '7', dialect: 'postgresql', entries: [] }
  const tags = existsSync(path) ? sortedNames(await readdir(path), '.sql').map((name) => name.slice(0, -'.sql'.length)) : []
  const snapshots = existsSync(meta) ? sortedNames(await readdir(meta), '_snapshot.json') : []
  const last = snapshots.at(-1)
  const lastSnapshot: Snapshot | undefined = last === undefined ? undefined : JSON.parse(await readFile(join(meta, last), 'utf8'))
  return { journal, tags, snapshots, lastSnapshot }
}

export interface NewMigration {
  name: string
  sql: string
  snapshot: Snapshot
}

/** Adds a migration behind the last one: its SQL, its snapshot and its journal entry. Returns its tag. */
export async function addMigration(path: string, { name, sql, snapshot }: NewMigration): Promise<string> {
  const { journal } = await readMigrationsFolder(path)
  const last = journal.entries.at(-1)
  const idx = last === undefined ? 0 : last.idx + 1
  const tag = `${migrationNumber(idx)}_${name}`
  // A clock that went back must not hide the migration from databases that have its predecessor.
  const when = Math.max(Date.now(), (last?.when ?? 0) + 1)
  journal.entries.push({ idx, version: '7', when, tag, breakpoints: true })
  const meta = join(path, 'meta')
  await mkdir(meta, { recursive: true })
  await writeFile(join(path, `${tag}.sql`), sql)
  await writeFile(join(meta, `${migrationNumber(idx)}_snapshot.json`), JSON.stringify(snapshot, null, 2))
  await writeFile(join(meta, '_journal.json'), JSON.stringify(journal, null, 2))
  return tag
}
