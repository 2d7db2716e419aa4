import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import { systemActor } from '../modules/access/actor.ts'
import { createCompany } from '../modules/companies/create-company.ts'
import { hashPassword } from '../modules/passwords/password-hash.ts'
import { createUser, type NewUser } from '../modules/users/create-user.ts'
import { type SampleCompany, sampleCompanies, sampleUsers } from './sample-data.ts'

// An arbitrary number: advisory locks live per database, and this one means "sample data is being created here".
const seedLock = 7_206_151_002

const actor = systemActor('sample-data')

interface Missing {
  companies: readonly SampleCompany[]
  userIds: ReadonlySet<string>
}

/**
 * Creates what is missing of the sample data, through the use cases, so that its events exist; what is there stays as people
 * have changed it. All or none, and safe when several processes do it at once.
 */
export async function seedSampleData(db: Database): Promise<void> {
  const { companies, userIds } = await findMissing(db)
  if (companies.length === 0 && userIds.size === 0) return
  const users = await hashPasswords(userIds)
  await db.transaction(async (tx) => {
    await tx.sql`select pg_advisory_xact_lock(${seedLock})`
    const missing = await findMissing(tx)
    for (const company of missing.companies) await createCompany(tx, actor, company)
    for (const user of users) if (missing.userIds.has(user.id)) await createUser(tx, actor, user)
  })
}

async function findMissing({ sql }: Executor): Promise<Missing> {
  const companies = await sql<{ id: string }[]>`
    select id from companies where id = any(${sampleCompanies.map(({ id }) => id)}::uuid[])`
  // An account that somebody made with a sample's email is left to them.
  const users = await sql<{ id: string; email: string }[]>`
    select id, email from users
    where id = any(${sampleUsers.map(({ id }) => id)}::uuid[]) or email = any(${sampleUsers.map(({ email }) => email)}::text[])`
  return {
    companies: sampleCompanies.filter(({ id }) => !companies.some((company) => company.id === id)),
    userIds: new Set(
      sampleUsers.filter(({ id, email }) => !users.some((user) => user.id === id || user.email === email)).map(({ id }) => id),
    ),
  }
}

async function hashPasswords(userIds: ReadonlySet<string>): Promise<(NewUser & { id: string })[]> {
  const users = sampleUsers.filter(({ id }) => userIds.has(id))
  return Promise.all(users.map(async ({ password, ...user }) => ({ ...user, passwordHash: await hashPassword(password) })))
}
