import type { Database } from '@crm/service-kit/database/database.ts'
import { publishedAheadMs } from './key-states.ts'
import { alreadySigning, makeSigningKey } from './make-signing-key.ts'
import { decryptPrivateKey } from './private-key-encryption.ts'
import { insertSigningKey, lockSigningKeys, readSigningKeys } from './signing-keys.repository.ts'

/** A key was made and waits for its time already. */
export class KeyWaitingError extends Error {
  override readonly name = 'KeyWaitingError'
  readonly id: string
  readonly signsFrom: Date

  constructor({ id, signsFrom }: { id: string; signsFrom: Date }) {
    super(`signing key ${id} waits already: it signs from ${signsFrom.toISOString()}`)
    this.id = id
    this.signsFrom = signsFrom
  }
}

/**
 * Publishes a new key, which signs a minute later; the one before it stays published until its last token has ended. Throws
 * KeyWaitingError while another one waits, WrongSecretError when the secret is not that of the key that signs now.
 */
export async function rotateSigningKey(db: Database, secret: string): Promise<{ id: string; signsFrom: Date }> {
  const key = await makeSigningKey(secret)
  return db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    const keys = await readSigningKeys(tx)
    const waiting = keys.find(({ state }) => state === 'waiting')
    if (waiting) throw new KeyWaitingError(waiting)
    const current = keys.find(({ state }) => state === 'signing')
    if (current) await decryptPrivateKey(secret, current.id, current.encryptedPrivateKey)
    return { id: key.id, signsFrom: await insertSigningKey(tx, key, current ? publishedAheadMs : alreadySigning) }
  })
}
