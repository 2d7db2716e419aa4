import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '@crm/local-processes/ports.ts'
import postgres from 'postgres'
import type { Test } from 'tap'
import { type EmbeddedPostgres, type StartOptions, startPostgres } from '../src/start-postgres.ts'

/** A folder only its maker may enter, removed at teardown. */
export async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-postgres-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function somePort(): Promise<number> {
  return await findFreePort(20_000 + Math.floor(Math.random() * 10_000))
}

/** A server stopped at teardown. */
export async function start(t: Test, options: Partial<StartOptions> & { dir: string }): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ port: await somePort(), ...options })
  t.teardown(() => server.stop())
  return server
}

/** Runs statements one after another on a connection of their own; resolves to the last one's rows. */
export async function query(url: string, ...statements: string[]): Promise<readonly postgres.Row[]> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} })
  try {
    let rows: readonly postgres.Row[] = []
    for (const statement of statements) rows = await sql.unsafe(statement)
    return rows
  } finally {
    await sql.end({ timeout: 1 })
  }
}
