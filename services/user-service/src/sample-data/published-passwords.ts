import type { Executor } from '@crm/service-kit/database/database.ts'
import { matchesPassword } from '../modules/passwords/password-hash.ts'
import { sampleUsers } from './sample-data.ts'

/** The emails of active sample users who still have the password that everybody knows. Takes some 50 ms for each. */
export async function findPublishedPasswords({ sql }: Executor): Promise<string[]> {
  const users = await sql<{ id: string; email: string; hash: string }[]>`
    select id, email, password_hash as hash from users
    where id = any(${sampleUsers.map(({ id }) => id)}::uuid[]) and is_active and password_hash is not null order by id`
  const matches = await Promise.all(
    users.map(({ id, hash }) => matchesPassword(sampleUsers.find((sample) => sample.id === id)?.password ?? '', hash)),
  )
  return users.filter((_, index) => matches[index]).map(({ email }) => email)
}
