import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One migration of a folder: `tag` names its file, `when` (milliseconds) orders it, `hash` is what the migrator stores once it is applied. */
export interface Migration {
  tag: string
  when: number
  hash: string
}

interface Journal {
  entries: { tag: string; when: number }[]
}

/**
 * Reads the migrations of a folder, oldest first. Throws when their times do not rise: the migrator applies only what is
 * newer than the newest applied one, so a migration merged in with an older time would be left out without a word.
 */
export async function readMigrationFolder(migrationsFolder: string): Promise<Migration[]> {
  const { entries }: Journal = JSON.parse(await readFile(join(migrationsFolder, 'meta', '_journal.json'), 'utf8'))
  for (const [index, entry] of entries.entries()) {
    const previous = entries[index - 1]
    if (previous !== undefined && entry.when <= previous.when) {
      throw new Error(`migration ${entry.tag} is not newer than ${previous.tag} before it: generate it again`)
    }
  }
  return Promise.all(entries.map(async ({ tag, when }) => ({ tag, when, hash: await hashOf(join(migrationsFolder, `${tag}.sql`)) })))
}

// As drizzle's migrator does.
async function hashOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file, 'utf8'))
    .digest('hex')
}
