import { generateKeyPairSync } from 'node:crypto'
import type { Database } from '@crm/service-kit/database/database.ts'
import { newId } from '@crm/service-kit/ids/new-id.ts'
import { publishedAheadMs } from './key-states.ts'
import { decryptPrivateKey, encryptPrivateKey } from './private-key-encryption.ts'
import { deleteSigningKeys, insertSigningKey, lockSigningKeys, type NewSigningKey, readSigningKeys } from './signing-keys.repository.ts'

// A key that signs at once must do so by the clock of the row, which is rounded, and by every other instance's reading of it.
const alreadySigning = -60_000

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

/** Makes the first key unless there is one. Of several processes that do it at once, one makes it. */
export async function ensureSigningKey(db: Database, secret: string): Promise<void> {
  if ((await readSigningKeys(db)).length > 0) return
  const key = await newSigningKey(secret)
  await db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    if ((await readSigningKeys(tx)).length === 0) await insertSigningKey(tx, key, alreadySigning)
  })
}

/**
 * Publishes a new key, which signs a minute later; the one before it stays published until its last token has ended. Throws
 * KeyWaitingError while another one waits, WrongSecretError when the secret is not that of the key that signs now.
 */
export async function rotateSigningKey(db: Database, secret: string): Promise<{ id: string; signsFrom: Date }> {
  const key = await newSigningKey(secret)
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

/** Makes a key that signs at once and deletes all others: whatever they signed is refused from then on. */
export async function replaceSigningKeys(db: Database, secret: string): Promise<{ id: string; deleted: number }> {
  const key = await newSigningKey(secret)
  return db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    const ids = (await readSigningKeys(tx)).map(({ id }) => id)
    await deleteSigningKeys(tx, ids)
    await insertSigningKey(tx, key, alreadySigning)
    return { id: key.id, deleted: ids.length }
  })
}

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

async function newSigningKey(secret: string): Promise<NewSigningKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const id = newId()
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    id,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    encryptedPrivateKey: await encryptPrivateKey(secret, { id, pem }),
  }
}
