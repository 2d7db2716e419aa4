import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import type { Snapshot } from './folder.ts'

export interface SchemaChanges {
  statements: string[]
  /** The schema's snapshot, chained to the previous one. */
  snapshot: Snapshot
}

/**
 * What has to run to bring a database from the last snapshot to the schema: no statements, no drift.
 * A change that may be a rename asks on the terminal; without one it rejects.
 */
export async function schemaChanges(schema: Record<string, unknown>, last: Snapshot | undefined): Promise<SchemaChanges> {
  const previous = last ?? generateDrizzleJson({})
  const snapshot = generateDrizzleJson(schema, typeof last?.id === 'string' ? last.id : undefined)
  return { statements: await generateMigration(previous, snapshot), snapshot }
}

/** A snapshot that changes nothing, for a migration written by hand. */
export function unchangedSnapshot(last: Snapshot | undefined): Snapshot {
  const { id, prevId } = generateDrizzleJson({}, typeof last?.id === 'string' ? last.id : undefined)
  return { ...(last ?? generateDrizzleJson({})), id, prevId }
}
