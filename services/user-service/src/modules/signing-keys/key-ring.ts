import type { PublicKeys } from '@crm/service-kit/auth/public-keys.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import { ensureSigningKey } from './ensure-signing-key.ts'
import { decryptPrivateKey, type PrivateKey, WrongSecretError } from './private-key-encryption.ts'
import { readSigningKeys, type SigningKey } from './signing-keys.repository.ts'

/** How long the table's keys are remembered, in milliseconds: much less than a key is published before it signs. */
const freshForMs = 5_000

/** The keys of this service's own table: to sign with, to check with, to publish. */
export interface KeyRing extends PublicKeys {
  /** The key that signs now. Rejects with `unavailable` when it was made with another secret since the start. */
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
  let decrypted: { id: string; key: Promise<PrivateKey> } | undefined

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
    const found = (await keys()).find(({ state }) => state === 'signing')
    if (!found) throw new Error('there is no key that signs now')
    if (decrypted?.id !== found.id) decrypted = { id: found.id, key: decrypt(found) }
    return decrypted.key
  }

  async function decrypt({ id, encryptedPrivateKey }: SigningKey): Promise<PrivateKey> {
    try {
      return { id, pem: await decryptPrivateKey(secret, id, encryptedPrivateKey) }
    } catch (error) {
      // A wrong secret stays wrong, and finding out is meant to take long.
      if (!(error instanceof WrongSecretError)) decrypted = undefined
      throw error
    }
  }

  return {
    published,
    find: async (kid) => (await published()).find(({ id }) => id === kid)?.publicKey,
    signer: () => signer().catch(failing(cannotSign)),
    prepare: async () => void (await signer().catch(failing(cannotStart))),
  }
}

/** Rethrows as what a wrong secret means where it was met. */
function failing(meaning: (cause: WrongSecretError) => Error): (error: unknown) => never {
  return (error) => {
    throw error instanceof WrongSecretError ? meaning(error) : error
  }
}

const otherSecret = ({ message }: WrongSecretError) =>
  `SIGNING_KEY_SECRET is not the one that the signing keys in this database are encrypted with (${message})`

function cannotStart(cause: WrongSecretError): StartError {
  return new StartError(`${otherSecret(cause)}: set that one again, or make a new key with this one: pnpm keys rotate --now --new-secret`, {
    cause,
  })
}

/** What the client gets says nothing of keys; the log says what to do. */
function cannotSign(cause: WrongSecretError): AppError {
  return new AppError('unavailable', 'No access tokens can be made now. Try again later.', {
    cause: new Error(`${otherSecret(cause)}: start this instance again with the one that the keys were replaced with`, { cause }),
    headers: { 'retry-after': '30' },
  })
}
