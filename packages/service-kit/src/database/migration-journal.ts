import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One migration as drizzle-kit records it: `tag` names its file, `when` (milliseconds) orders it. */
export interface JournalEntry {
  tag: string
  when: number
}

/**
 * Reads the migrations of a folder, oldest first. Throws when their times do not rise: the migrator applies only what is
 * newer than the newest applied one, so a migration merged in with an older time would be left out without a word.
 */
export async function readMigrationJournal(migrationsFolder: string): Promise<JournalEntry[]> {
  const text = await readFile(join(migrationsFolder, 'meta', '_journal.json'), 'utf8')
  const { entries } = JSON.parse(text) as { entries: JournalEntry[] }
  for (const [index, entry] of entries.entries()) {
    const previous = entries[index - 1]
    if (previous !== undefined && entry.when <= previous.when) {
      throw new Error(`migration ${entry.tag} is not newer than ${previous.tag} before it: generate it again`)
    }
  }
  return entries
}
