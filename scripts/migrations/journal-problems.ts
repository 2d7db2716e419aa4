import { type MigrationsFolder, migrationNumber } from './folder.ts'
import { nameProblem } from './names.ts'

/** Where a folder's journal, SQL files and snapshots disagree, and names that do not say what a migration does; empty when all is well. */
export function journalProblems({ journal, tags, snapshots }: MigrationsFolder): string[] {
  const problems: string[] = []
  const files = new Set(tags)
  let lastWhen = 0
  for (const [position, { idx, tag, when }] of journal.entries.entries()) {
    const number = migrationNumber(position)
    if (idx !== position) problems.push(`the journal's entry ${tag} has idx ${idx}, expected ${position}`)
    if (!tag.startsWith(`${number}_`)) problems.push(`the journal's entry ${tag} should start with ${number}_`)
    if (!files.delete(tag)) problems.push(`the journal names ${tag}, but ${tag}.sql is missing`)
    if (!snapshots.includes(`${number}_snapshot.json`)) problems.push(`${tag} has no meta/${number}_snapshot.json`)
    if (when <= lastWhen) problems.push(`${tag} is not newer than its predecessor: databases that have that one would skip it`)
    lastWhen = when
  }
  for (const tag of files) problems.push(`${tag}.sql is not in the journal and would never run`)
  if (snapshots.length > journal.entries.length) problems.push('there are more snapshots than journal entries')
  for (const tag of tags) {
    const [, name] = /^\d{4}_(.+)$/.exec(tag) ?? []
    const problem = name === undefined ? `'${tag}' does not start with four digits and _` : nameProblem(name)
    if (problem !== undefined) problems.push(`${tag}.sql: ${problem}`)
  }
  return problems
}
