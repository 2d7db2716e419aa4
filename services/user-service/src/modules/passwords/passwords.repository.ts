import type { Executor } from '@crm/service-kit/database/database.ts'

/** What a user logs in with. */
export interface UserLogin {
  id: string
  email: string
  companyId: string | null
  /** Null for somebody who cannot log in yet. */
  passwordHash: string | null
}

export async function findLogin({ sql }: Executor, email: string): Promise<UserLogin | undefined> {
  const [found] = await sql<UserLogin[]>`
    select id, email, company_id as "companyId", password_hash as "passwordHash" from users where email = ${email}`
  return found
}

export async function findLoginOf({ sql }: Executor, userId: string): Promise<UserLogin | undefined> {
  const [found] = await sql<UserLogin[]>`
    select id, email, company_id as "companyId", password_hash as "passwordHash" from users where id = ${userId}`
  return found
}

/** Whether the password is still the one that was checked; then it stays so, and nobody else holds the user, until the transaction ends. */
export async function holdPassword({ sql }: Executor, { id, passwordHash }: UserLogin): Promise<boolean> {
  const held = await sql`select from users where id = ${id} and password_hash = ${passwordHash} for no key update`
  return held.length === 1
}

export interface PasswordChange {
  userId: string
  passwordHash: string
  /** The hash that must be there still; left out where any will do. */
  replaces?: string | null
}

/** The user after a change of password. */
export interface ChangedLogin {
  id: string
  companyId: string | null
  version: number
  updatedAt: Date
}

/** Stores another password as a change of the user; undefined when the one to be replaced is not there any more. */
export async function savePassword(
  { sql }: Executor,
  { userId, passwordHash, replaces }: PasswordChange,
): Promise<ChangedLogin | undefined> {
  const [changed] = await sql<ChangedLogin[]>`
    update users set password_hash = ${passwordHash}, version = version + 1,
      updated_at = greatest(now(), updated_at + interval '1 millisecond')
    where id = ${userId} and (${replaces === undefined} or password_hash is not distinct from ${replaces ?? null})
    returning id, company_id as "companyId", version, updated_at as "updatedAt"`
  return changed
}
