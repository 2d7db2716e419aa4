import type { Executor } from '@crm/service-kit/database/database.ts'
import { type KeyState, withStates } from './key-states.ts'

export interface NewSigningKey {
  id: string
  /** SubjectPublicKeyInfo as PEM. */
  publicKey: string
  encryptedPrivateKey: Buffer
}

export interface SigningKey extends NewSigningKey {
  createdAt: Date
  signsFrom: Date
  state: KeyState
  /** When it is no longer published; null while no other key is to follow it. */
  endsAt: Date | null
}

// An arbitrary number: advisory locks live per database, and this one means "a signing key is being made here".
const keyLock = 7_206_151_003

/** Every key in the order they sign, each in the state it has by the database's clock, which all instances share. */
export async function readSigningKeys({ sql }: Executor): Promise<SigningKey[]> {
  const rows = await sql<(Omit<SigningKey, 'state' | 'endsAt'> & { now: Date })[]>`
    select id, public_key as "publicKey", encrypted_private_key as "encryptedPrivateKey",
      created_at as "createdAt", signs_from as "signsFrom", clock_timestamp() as now
    from signing_keys order by signs_from`
  const [first] = rows
  return first ? withStates(rows, first.now).map(({ now: _, ...key }) => key) : []
}

/** Holds off whoever else would make a key, until the transaction ends. */
export async function lockSigningKeys({ sql }: Executor): Promise<void> {
  await sql`select pg_advisory_xact_lock(${keyLock})`
}

/** Publishes a key that signs after so many milliseconds, or did before when negative; resolves to that time. */
export async function insertSigningKey({ sql }: Executor, key: NewSigningKey, signsInMs: number): Promise<Date> {
  const [row] = await sql<{ signsFrom: Date }[]>`
    insert into signing_keys (id, public_key, encrypted_private_key, created_at, signs_from)
    values (${key.id}, ${key.publicKey}, ${key.encryptedPrivateKey}, now(), clock_timestamp() + ${signsInMs} * interval '1 millisecond')
    returning signs_from as "signsFrom"`
  if (!row) throw new Error('the signing key was not stored')
  return row.signsFrom
}

export async function deleteSigningKeys({ sql }: Executor, ids: readonly string[]): Promise<void> {
  await sql`delete from signing_keys where id = any(${ids}::text[])`
}
