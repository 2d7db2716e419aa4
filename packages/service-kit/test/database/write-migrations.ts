import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

export interface Migration {
  tag: string
  when: number
  sql: string
}

/** Writes a folder of migrations as drizzle-kit does, removed at teardown, and returns its path. */
export function writeMigrations(t: Test, migrations: Migration[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'crm-migrations-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'meta'))
  const entries = migrations.map(({ tag, when }, idx) => ({ idx, version: '7', when, tag, breakpoints: true }))
  writeFileSync(join(folder, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }))
  for (const { tag, sql } of migrations) writeFileSync(join(folder, `${tag}.sql`), sql)
  return folder
}
