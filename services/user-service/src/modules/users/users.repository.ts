import type { UserScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { within } from '@crm/service-kit/database/scope.ts'
import type { PageQuery, SortKey } from '@crm/service-kit/paging/keyset.ts'
import { and, asc, count, eq, getTableColumns, or, type SQL, sql } from 'drizzle-orm'
import { companies, type UserRow, users } from '../../db/schema.ts'

export interface UserFilters {
  /** The users the caller may read. */
  scope: UserScope
  companyId?: string | undefined
  includeDescendants?: boolean | undefined
}

export type StoredUser = Omit<UserRow, 'passwordHash' | 'fullName'>
export type ListedUser = Omit<UserRow, 'passwordHash'>

// An arbitrary number: advisory locks live per database, and this one means "the first SYSTEM_ADMIN is being created here".
const bootstrapLock = 7_206_151_004

const { passwordHash: _, ...listedColumns } = getTableColumns(users)
const { fullName: __, ...columns } = listedColumns

export const userSortKeys: Record<string, SortKey<ListedUser>> = {
  createdAt: { expression: sql`${users.createdAt}`, type: 'timestamptz', encode: (user) => user.createdAt.toISOString() },
  updatedAt: { expression: sql`${users.updatedAt}`, type: 'timestamptz', encode: (user) => user.updatedAt.toISOString() },
  name: { expression: sql`${users.fullName} collate "unicode"`, type: 'text', encode: (user) => user.fullName },
}

/** Whether somebody has the email, in the form in which emails are stored. */
export async function isEmailTaken({ sql }: Executor, email: string): Promise<boolean> {
  const found = await sql`select from users where email = ${email}`
  return found.length > 0
}

/** Whether there is a SYSTEM_ADMIN, active or not. */
export async function hasSystemAdmin({ sql }: Executor): Promise<boolean> {
  const found = await sql`select from users where role = 'SYSTEM_ADMIN' limit 1`
  return found.length > 0
}

/** Holds off whoever else would create the first SYSTEM_ADMIN, until the transaction ends. */
export async function lockFirstAdmin({ sql }: Executor): Promise<void> {
  await sql`select pg_advisory_xact_lock(${bootstrapLock})`
}

/** Inserts a user; false when the email is taken. */
export async function insertUser({ orm }: Executor, user: StoredUser & { passwordHash: string | null }): Promise<boolean> {
  const inserted = await orm.insert(users).values(user).onConflictDoNothing({ target: users.email }).returning({ id: users.id })
  return inserted.length === 1
}

export async function saveUser({ orm }: Executor, user: StoredUser): Promise<void> {
  const { id, createdAt: _, ...changed } = user
  await orm.update(users).set(changed).where(eq(users.id, id))
}

export async function findUser({ orm }: Executor, userId: string, scope: UserScope): Promise<StoredUser | undefined> {
  const [found] = await orm
    .select(columns)
    .from(users)
    .where(and(eq(users.id, userId), userWithin(scope)))
  return found
}

/** Reads a user within a scope and holds them until the transaction ends, so that their events keep their order. */
export async function lockUser({ orm }: Executor, userId: string, scope: UserScope): Promise<StoredUser | undefined> {
  const [found] = await orm
    .select(columns)
    .from(users)
    .where(and(eq(users.id, userId), userWithin(scope)))
    .for('update')
  return found
}

/**
 * Reads a user and holds them together with every active SYSTEM_ADMIN, always in the order of their ids: of two who would
 * remove each other, the second sees what the first did.
 */
export async function lockUserAndSystemAdmins(
  { orm }: Executor,
  userId: string,
): Promise<{ user: StoredUser | undefined; otherAdmins: number }> {
  const found = await orm
    .select(columns)
    .from(users)
    .where(or(eq(users.id, userId), and(eq(users.role, 'SYSTEM_ADMIN'), eq(users.isActive, true))))
    .orderBy(asc(users.id))
    .for('update')
  return { user: found.find(({ id }) => id === userId), otherAdmins: found.filter(({ id }) => id !== userId).length }
}

export async function readUsers({ orm }: Executor, filters: UserFilters, page: PageQuery): Promise<ListedUser[]> {
  return orm
    .select(listedColumns)
    .from(users)
    .where(and(matching(filters), page.where))
    .orderBy(page.orderBy)
    .limit(page.limit)
    .offset(page.offset)
}

export async function countUsers({ orm }: Executor, filters: UserFilters): Promise<number> {
  const [row] = await orm.select({ total: count() }).from(users).where(matching(filters))
  return row?.total ?? 0
}

function matching({ scope, companyId, includeDescendants }: UserFilters): SQL | undefined {
  if (companyId === undefined) return userWithin(scope)
  const below = sql`${users.companyId} in (select ${companies.id} from ${companies} where ${companies.ancestorIds} @> array[${companyId}::uuid])`
  return and(userWithin(scope), includeDescendants ? or(eq(users.companyId, companyId), below) : eq(users.companyId, companyId))
}

function userWithin(scope: UserScope): SQL | undefined {
  return 'userId' in scope ? eq(users.id, scope.userId) : within(scope, users.companyId)
}
