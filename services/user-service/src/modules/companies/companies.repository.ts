import type { Scope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { within } from '@crm/service-kit/database/scope.ts'
import type { PageQuery, SortKey } from '@crm/service-kit/paging/keyset.ts'
import { and, count, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { type CompanyRow, companies } from '../../db/schema.ts'

export interface CompanyFilters {
  /** The companies the caller may read. */
  scope: Scope
  parentId?: string | undefined
  q?: string | undefined
}

export type StoredCompany = Omit<CompanyRow, 'searchText'>

/** A company with its parent's name, null where the scope of the query does not hold the parent. */
export type CompanyWithParent = StoredCompany & { parentName: string | null }

const { searchText: _, ...columns } = getTableColumns(companies)
const parent = alias(companies, 'parent')

export const companySortKeys: Record<string, SortKey<CompanyWithParent>> = {
  createdAt: { expression: sql`${companies.createdAt}`, type: 'timestamptz', encode: (company) => company.createdAt.toISOString() },
  updatedAt: { expression: sql`${companies.updatedAt}`, type: 'timestamptz', encode: (company) => company.updatedAt.toISOString() },
  name: { expression: sql`${companies.name} collate "unicode"`, type: 'text', encode: (company) => company.name },
}

export async function insertCompany({ orm }: Executor, company: StoredCompany): Promise<void> {
  await orm.insert(companies).values(company)
}

export async function saveCompany({ orm }: Executor, { id, name, isActive, version, updatedAt }: StoredCompany): Promise<void> {
  await orm.update(companies).set({ name, isActive, version, updatedAt }).where(eq(companies.id, id))
}

/** Finds a company within a scope. */
export async function findCompany(on: Executor, companyId: string, scope: Scope): Promise<CompanyWithParent | undefined> {
  const [found] = await selectWithParent(on, scope).where(and(eq(companies.id, companyId), within(scope, companies.id)))
  return found
}

/** Reads a company within a scope and holds it until the transaction ends, so that its events keep its order. */
export async function lockCompany(on: Executor, companyId: string, scope: Scope): Promise<CompanyWithParent | undefined> {
  const [found] = await selectWithParent(on, scope)
    .where(and(eq(companies.id, companyId), within(scope, companies.id)))
    .for('update', { of: companies })
  return found
}

export interface NamedCompany {
  name: string
  ancestorIds: string[]
  /** Whether it and all companies above it are active. */
  isActive: boolean
}

/** Finds a company that an input names, whoever may see it. */
export async function findNamedCompany({ sql }: Executor, companyId: string): Promise<NamedCompany | undefined> {
  const [found] = await sql<NamedCompany[]>`
    select name, ancestor_ids as "ancestorIds",
      not exists (select from companies i where i.id = any(c.ancestor_ids || c.id) and not i.is_active) as "isActive"
    from companies c where id = ${companyId}`
  return found
}

export async function readCompanies(on: Executor, filters: CompanyFilters, page: PageQuery): Promise<CompanyWithParent[]> {
  return selectWithParent(on, filters.scope)
    .where(and(matching(filters), page.where))
    .orderBy(page.orderBy)
    .limit(page.limit)
    .offset(page.offset)
}

export async function countCompanies({ orm }: Executor, filters: CompanyFilters): Promise<number> {
  const [row] = await orm.select({ total: count() }).from(companies).where(matching(filters))
  return row?.total ?? 0
}

function selectWithParent({ orm }: Executor, scope: Scope) {
  return orm
    .select({ ...columns, parentName: parent.name })
    .from(companies)
    .leftJoin(parent, and(eq(parent.id, companies.parentId), within(scope, parent.id)))
}

function matching({ scope, parentId, q }: CompanyFilters): SQL | undefined {
  return and(
    within(scope, companies.id),
    parentId === undefined ? undefined : eq(companies.parentId, parentId),
    q === undefined ? undefined : sql`${companies.searchText} like search_pattern(${q})`,
  )
}
