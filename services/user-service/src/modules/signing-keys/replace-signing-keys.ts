import type { Database } from '@crm/service-kit/database/database.ts'
import { alreadySigning, makeSigningKey } from './make-signing-key.ts'
import { decryptPrivateKey } from './private-key-encryption.ts'
import { deleteSigningKeys, insertSigningKey, lockSigningKeys, readSigningKeys } from './signing-keys.repository.ts'

export interface ReplaceOptions {
  /** The secret is another one from now on, on purpose: it need not be that of the key that signs now. Default false. */
  secretChanged?: boolean
}

/**
 * Makes a key that signs at once and deletes all others: whatever they signed is refused from then on. Throws WrongSecretError when the
 * secret is not that of the key that signs now, unless it has changed: instances with the old one then give no access tokens until they
 * are started with the new one.
 */
export async function replaceSigningKeys(
  db: Database,
  secret: string,
  { secretChanged = false }: ReplaceOptions = {},
): Promise<{ id: string; deleted: number }> {
  const key = await makeSigningKey(secret)
  return db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    const keys = await readSigningKeys(tx)
    const current = keys.find(({ state }) => state === 'signing')
    if (current && !secretChanged) await decryptPrivateKey(secret, current.id, current.encryptedPrivateKey)
    await deleteSigningKeys(
      tx,
      keys.map(({ id }) => id),
    )
    await insertSigningKey(tx, key, alreadySigning)
    return { id: key.id, deleted: keys.length }
  })
}
