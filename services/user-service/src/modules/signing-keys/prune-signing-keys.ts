import type { Database } from '@crm/service-kit/database/database.ts'
import { deleteSigningKeys, readSigningKeys } from './signing-keys.repository.ts'

/** Deletes keys none of whose tokens is valid any more; returns how many. */
export async function pruneSigningKeys(db: Database): Promise<number> {
  const ended = (await readSigningKeys(db)).filter(({ state }) => state === 'ended')
  if (ended.length > 0) {
    await deleteSigningKeys(
      db,
      ended.map(({ id }) => id),
    )
  }
  return ended.length
}
