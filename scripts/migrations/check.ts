import { readMigrationsFolder } from './folder.ts'
import { journalProblems } from './journal-problems.ts'
import { schemaChanges } from './schema-changes.ts'

export interface CheckedDatabase {
  database: string
  folder: string
  /** What the schema's module exports. */
  schema: Record<string, unknown>
}

/** Everything wrong with one database's migrations, each as one message; empty when files, journal and schema agree. */
export async function checkMigrations({ database, folder: path, schema }: CheckedDatabase): Promise<string[]> {
  const folder = await readMigrationsFolder(path)
  const problems = journalProblems(folder)
  const drift = await driftProblem(schema, folder.lastSnapshot)
  if (drift !== undefined) problems.push(`${drift}\nMake the migration with: pnpm migrations --name <what_it_does> ${database}`)
  return problems.map((problem) => `${database}: ${problem}`)
}

async function driftProblem(schema: Record<string, unknown>, last: Record<string, unknown> | undefined): Promise<string | undefined> {
  // A check asks nothing: drizzle-kit prompts for a possible rename on a terminal and throws without one.
  process.stdin.isTTY = false
  try {
    const { statements } = await schemaChanges(schema, last)
    if (statements.length === 0) return undefined
    return ['the schema is ahead of its migrations by', ...statements.map((statement) => `  ${statement}`)].join('\n')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (reason.includes('TTY')) return 'the schema is ahead of its migrations by a change that may be a rename'
    throw error
  }
}
