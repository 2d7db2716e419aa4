import { generateKeyPairSync } from 'node:crypto'
import { newId } from '@crm/service-kit/ids/new-id.ts'
import { encryptPrivateKey } from './private-key-encryption.ts'
import type { NewSigningKey } from './signing-keys.repository.ts'

/**
 * Milliseconds from the publication of a key that signs at once to its first signature: by the clock of the row, which is rounded, and by
 * every other instance's reading of it.
 */
export const alreadySigning = -60_000

/** Makes a key pair, its private key encrypted with the secret. Takes some 50 ms: do it before a transaction is open. */
export async function makeSigningKey(secret: string): Promise<NewSigningKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const id = newId()
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    id,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    encryptedPrivateKey: await encryptPrivateKey(secret, { id, pem }),
  }
}
