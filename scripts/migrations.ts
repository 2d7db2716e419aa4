import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { checkMigrations } from './migrations/check.ts'
import { databases, type MigratedDatabase } from './migrations/databases.ts'
import { addMigration, readMigrationsFolder, statementBreakpoint } from './migrations/folder.ts'
import { nameProblem } from './migrations/names.ts'
import { schemaChanges, unchangedSnapshot } from './migrations/schema-changes.ts'
import { root } from './steps.ts'

const usage = `Usage: pnpm migrations --check [database]
       pnpm migrations --name <what_it_does> [database]            the schema's changes
       pnpm migrations --custom --name <what_it_does> <database>   an empty one, to be written by hand`

function folderOf({ database }: MigratedDatabase): string {
  return join(root, 'drizzle', database)
}

function importSchema({ schema }: MigratedDatabase): Promise<Record<string, unknown>> {
  return import(pathToFileURL(join(root, schema)).href)
}

async function check(selected: MigratedDatabase[]): Promise<void> {
  const problems: string[] = []
  for (const entry of selected) {
    problems.push(...(await checkMigrations({ database: entry.database, folder: folderOf(entry), schema: await importSchema(entry) })))
  }
  if (problems.length === 0) return console.log('Migrations and schemas agree.')
  console.error(problems.join('\n\n'))
  process.exitCode = 1
}

async function create(entry: MigratedDatabase, { name, custom }: { name: string; custom: boolean }): Promise<void> {
  const path = folderOf(entry)
  const { lastSnapshot } = await readMigrationsFolder(path)
  if (custom) {
    const tag = await addMigration(path, { name, sql: '-- Write the migration here.\n', snapshot: unchangedSnapshot(lastSnapshot) })
    return console.log(`wrote drizzle/${entry.database}/${tag}.sql: fill it in`)
  }
  const { statements, snapshot } = await schemaChanges(await importSchema(entry), lastSnapshot)
  if (statements.length === 0) return console.log(`${entry.database}: nothing to migrate`)
  const tag = await addMigration(path, { name, sql: `${statements.join(statementBreakpoint)}\n`, snapshot })
  console.log(`wrote drizzle/${entry.database}/${tag}.sql: read it before you commit it`)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean' }, custom: { type: 'boolean' }, name: { type: 'string' } },
  })
  const [wanted, ...more] = positionals
  const selected = databases.filter(({ database }) => wanted === undefined || database === wanted)
  if (selected.length === 0 || more.length > 0)
    throw new Error(`The databases are: ${databases.map(({ database }) => database).join(', ')}`)
  if (values.check === true) return check(selected)
  const { name, custom = false } = values
  if (name === undefined || (custom && wanted === undefined)) throw new Error(usage)
  const problem = nameProblem(name)
  if (problem !== undefined) throw new Error(problem)
  for (const entry of selected) await create(entry, { name, custom })
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
