import type { PublicKeys } from '@crm/service-kit/auth/public-keys.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import { ensureSigningKey } from './make-signing-key.ts'
import { decryptPrivateKey, type PrivateKey, WrongSecretError } from './private-key-encryption.ts'
import { readSigningKeys, type SigningKey } from './signing-keys.repository.ts'

/** How long the table's keys are remembered, in milliseconds: much less than a key is published before it signs. */
const freshForMs = 5_000

/** The keys of this service's own table: to sign with, to check with, to publish. */
export interface KeyRing extends PublicKeys {
  /** The key that signs now. */
  signer(): Promise<PrivateKey>
  /** The keys that tokens may have been signed with, and the one that is to sign next. */
  published(): Promise<SigningKey[]>
  /** Makes the first key where there is none, and throws a StartError when the secret does not decrypt the one that signs. */
  prepare(): Promise<void>
}

export interface KeyRingOptions {
  /** SIGNING_KEY_SECRET. */
  secret: string
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

export function createKeyRing(db: Database, { secret, now = () => performance.now() }: KeyRingOptions): KeyRing {
  let read: { keys: Promise<SigningKey[]>; at: number } | undefined
  const decrypted = new Map<string, string>()

  function keys(): Promise<SigningKey[]> {
    if (read && now() - read.at < freshForMs) return read.keys
    const reading = { keys: readOrMake(), at: now() }
    read = reading
    reading.keys.catch(() => {
      if (read === reading) read = undefined
    })
    return reading.keys
  }

  async function readOrMake(): Promise<SigningKey[]> {
    const found = await readSigningKeys(db)
    if (found.length > 0) return found
    await ensureSigningKey(db, secret)
    return readSigningKeys(db)
  }

  async function published(): Promise<SigningKey[]> {
    return (await keys()).filter(({ state }) => state !== 'ended')
  }

  async function signer(): Promise<PrivateKey> {
    const key = (await keys()).find(({ state }) => state === 'signing')
    if (!key) throw new Error('there is no key that signs now')
    const { id, encryptedPrivateKey } = key
    const pem = decrypted.get(id) ?? (await decryptPrivateKey(secret, id, encryptedPrivateKey))
    if (!decrypted.has(id)) decrypted.clear()
    decrypted.set(id, pem)
    return { id, pem }
  }

  return {
    signer,
    published,
    find: async (kid) => (await published()).find(({ id }) => id === kid)?.publicKey,
    async prepare() {
      try {
        await signer()
      } catch (error) {
        throw error instanceof WrongSecretError ? wrongSecret(error) : error
      }
    },
  }
}

function wrongSecret(cause: WrongSecretError): StartError {
  return new StartError(
    `SIGNING_KEY_SECRET is not the one that the signing keys in this database are encrypted with (${cause.message}): set that one again, or make a new key with it: pnpm keys rotate --now`,
    { cause },
  )
}
