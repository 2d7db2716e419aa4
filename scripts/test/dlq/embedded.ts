import type { Test } from 'tap'
import { createTestDatabase, migrationsFolder } from '../../../packages/testing/src/database.ts'
import { runCommand } from '../../dlq/run-command.ts'
import { commandIn } from '../command-line/command-in.ts'
import { openTestBus } from './given-up.ts'

export const group = 'crm-worker.qualify-leads'

export const dlqIn = (env: Record<string, string>) => commandIn(runCommand, env)

/** An embedded bus, its database, and the commands on it. */
export async function embedded(t: Pick<Test, 'teardown'>) {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('bus_db') })
  return { url, bus: openTestBus(t, { databaseUrl: url }), dlq: dlqIn({ BUS_DATABASE_URL: url }) }
}
