import type { Database } from '@crm/service-kit/database/database.ts'
import { alreadySigning, makeSigningKey } from './make-signing-key.ts'
import { insertSigningKey, lockSigningKeys, readSigningKeys } from './signing-keys.repository.ts'

/** Makes the first key unless there is one. Of several processes that do it at once, one makes it. */
export async function ensureSigningKey(db: Database, secret: string): Promise<void> {
  if ((await readSigningKeys(db)).length > 0) return
  const key = await makeSigningKey(secret)
  await db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    if ((await readSigningKeys(tx)).length === 0) await insertSigningKey(tx, key, alreadySigning)
  })
}
