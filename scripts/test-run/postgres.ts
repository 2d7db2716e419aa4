import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresStartError } from '@crm/embedded-postgres/start-error.ts'
import { type EmbeddedPostgres, startPostgres } from '@crm/embedded-postgres/start-postgres.ts'
import { findFreePort } from '@crm/local-processes/ports.ts'

// The data is thrown away afterwards, so nothing need reach the disk; every test file connects at once.
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }

/** Gives `use` the superuser's connection string of a new PostgreSQL, which is gone when this settles, whatever `use` does. */
export async function withPostgres<T>(use: (url: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'crm-test-run-'))
  try {
    const server = await startOnAnyPort(dir)
    try {
      return await use(server.url())
    } finally {
      await server.stop()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

// Another process may take the port between the look and the start.
async function startOnAnyPort(dir: string): Promise<EmbeddedPostgres> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(20_000 + Math.floor(Math.random() * 12_000))
    try {
      return await startPostgres({ dir, port, settings })
    } catch (error) {
      if (!(error instanceof PostgresStartError && error.reason === 'port-taken') || attempt === 10) throw error
    }
  }
}
