import { createPublicKey } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import { AppError } from '../errors/app-error.ts'
import { createAnswerCache } from '../http-client/answer-cache.ts'
import { answerCheck } from '../http-client/answer-check.ts'
import type { ServiceClient } from '../http-client/service-client.ts'

/** The keys that access tokens are checked by. */
export interface PublicKeys {
  /**
   * The key of that id as PEM (spki); undefined when there is no such key. Rejects with `dependency_unavailable` while
   * nobody can say.
   */
  find(kid: string): Promise<string | undefined>
}

const SigningKey = Type.Object({
  kty: Type.Literal('OKP'),
  crv: Type.Literal('Ed25519'),
  x: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
  kid: Type.String({ minLength: 1 }),
  use: Type.Optional(Type.Literal('sig')),
  alg: Type.Optional(Type.Literal('EdDSA')),
})
const isSigningKey = answerCheck(SigningKey)
const isKeySet = answerCheck(Type.Object({ keys: Type.Array(Type.Unknown(), { minItems: 1 }) }))

type KeySet = ReadonlyMap<string, string>

/** How long a key set serves before it is asked for again, in milliseconds, and how often it is asked for an unknown id at most. */
const freshForMs = 30_000
/** How long the last key set goes on serving while user-service is away, in milliseconds. */
const staleForMs = 10 * 60_000
/** A key set of that age, in milliseconds, knows every key: there is no need to look for an unknown id in a newer one. */
const justAskedMs = 1_000

export interface RemotePublicKeysOptions {
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

/**
 * The public keys of user-service, remembered for 30 s and asked for earlier for the sake of an unknown id, though at most
 * every 30 s. Concurrent questions share one request. While user-service is away known keys go on working for 10 minutes.
 */
export function remotePublicKeys(userService: ServiceClient, { now = () => performance.now() }: RemotePublicKeysOptions = {}): PublicKeys {
  let newest: { keys: KeySet; askedAt: number } | undefined
  let search: { keys: Promise<KeySet>; startedAt: number } | undefined
  const sets = createAnswerCache<KeySet, undefined>({
    ttlMs: freshForMs,
    now,
    ask: async () => {
      const askedAt = now()
      const keys = await askUserService(userService)
      if (newest === undefined || newest.askedAt <= askedAt) newest = { keys, askedAt }
      return keys
    },
  })

  async function current(): Promise<KeySet> {
    try {
      return sets.peek('keys') ?? (await sets.get('keys', undefined))
    } catch (error) {
      if (newest === undefined || now() - newest.askedAt > staleForMs) throw error
      return newest.keys
    }
  }

  async function searchAgain(): Promise<void> {
    if (newest !== undefined && now() - newest.askedAt < justAskedMs) return
    if (search === undefined || now() - search.startedAt >= freshForMs) search = { keys: sets.ask('keys', undefined), startedAt: now() }
    const own = search
    try {
      await own.keys
    } catch (error) {
      // It found out nothing: the next one who asks searches anew.
      if (search === own) search = undefined
      throw error
    }
  }

  return {
    async find(kid) {
      const known = (await current()).get(kid)
      if (known !== undefined) return known
      await searchAgain()
      return newest?.keys.get(kid)
    },
  }
}

async function askUserService(userService: ServiceClient): Promise<KeySet> {
  const { status, body } = await userService.request({ method: 'GET', path: '/.well-known/jwks.json' })
  // A set of kinds of key that this release does not know is no answer either.
  const keys = status === 200 && isKeySet(body) ? body.keys.filter(isSigningKey) : []
  if (keys.length > 0) return new Map(keys.map((key) => [key.kid, pemOf(key)]))
  throw new AppError('dependency_unavailable', `user-service answered ${status} to the question for its public keys.`, {
    headers: { 'retry-after': '1' },
  })
}

function pemOf({ kty, crv, x }: Static<typeof SigningKey>): string {
  return createPublicKey({ key: { kty, crv, x }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
}
