import type { NewEvent } from '@crm/events/envelope/new-event.ts'
import { outboxInsertParts } from '@crm/events/outbox/outbox-row.ts'
import type { Scope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { within } from '@crm/service-kit/database/scope.ts'
import type { PageQuery, SortKey } from '@crm/service-kit/paging/keyset.ts'
import { momentAfter } from '@crm/service-kit/records/changes.ts'
import { and, count, eq, getTableColumns, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { type LeadRow, leads } from '../../db/schema.ts'
import type { LeadStatus } from './leads.schemas.ts'

export interface LeadFilters {
  scope: Scope
  status?: LeadStatus | undefined
  q?: string | undefined
}

export const leadSortKeys: Record<string, SortKey<StoredLead>> = {
  createdAt: { expression: sql`${leads.createdAt}`, type: 'timestamptz', encode: (lead) => lead.createdAt.toISOString() },
  updatedAt: { expression: sql`${leads.updatedAt}`, type: 'timestamptz', encode: (lead) => lead.updatedAt.toISOString() },
  name: { expression: sql`${leads.name} collate "unicode"`, type: 'text', encode: (lead) => lead.name },
}

/** A lead without what the database generates. */
export type StoredLead = Omit<LeadRow, 'searchText'>

const { searchText: _, ...columns } = getTableColumns(leads)

/** Inserts the lead and its event in one statement. False when the company has a live lead with this email. */
export async function insertLead({ sql }: Executor, lead: StoredLead, event: NewEvent): Promise<boolean> {
  const outbox = outboxInsertParts(sql, event)
  const inserted = await sql`
    with created as (
      insert into leads (id, company_id, name, email, status, version, created_at, updated_at)
      values (${lead.id}, ${lead.companyId}, ${lead.name}, ${lead.email}, ${lead.status}, ${lead.version}, ${lead.createdAt}, ${lead.updatedAt})
      on conflict (company_id, email) where deleted_at is null do nothing
      returning id
    )
    insert into outbox (${outbox.columns}) select ${outbox.values} from created`
  return inserted.count === 1
}

export async function findLiveLeadId({ orm }: Executor, companyId: string, email: string): Promise<string | undefined> {
  const [found] = await orm
    .select({ id: leads.id })
    .from(leads)
    .where(and(eq(leads.companyId, companyId), eq(leads.email, email), isNull(leads.deletedAt)))
  return found?.id
}

/** Finds a live lead within a scope. */
export async function findLead({ orm }: Executor, leadId: string, scope: Scope): Promise<StoredLead | undefined> {
  const [found] = await orm
    .select(columns)
    .from(leads)
    .where(and(eq(leads.id, leadId), isNull(leads.deletedAt), within(scope, leads.companyId)))
  return found
}

/** The company of a lead, deleted ones included: what decides who may touch it. */
export async function findCompanyOfLead({ orm }: Executor, leadId: string): Promise<string | undefined> {
  const [found] = await orm.select({ companyId: leads.companyId }).from(leads).where(eq(leads.id, leadId))
  return found?.companyId
}

/** Reads a lead, deleted or not, and holds it until the transaction ends, so that its events keep its order. */
export async function lockLead({ orm }: Executor, leadId: string): Promise<StoredLead | undefined> {
  const [found] = await orm.select(columns).from(leads).where(eq(leads.id, leadId)).for('update')
  return found
}

/** The lead after a change: its version counts up, and its time of change never goes back. */
export function nextVersion(lead: StoredLead, changes: Partial<Pick<StoredLead, 'name' | 'status' | 'deletedAt'>>): StoredLead {
  return { ...lead, ...changes, version: lead.version + 1, updatedAt: momentAfter(lead.updatedAt) }
}

export async function saveLead({ orm }: Executor, lead: StoredLead): Promise<void> {
  const { name, status, deletedAt, version, updatedAt } = lead
  await orm.update(leads).set({ name, status, deletedAt, version, updatedAt }).where(eq(leads.id, lead.id))
}

export async function eraseLeadRow({ orm }: Executor, leadId: string): Promise<void> {
  await orm.delete(leads).where(eq(leads.id, leadId))
}

/** Removes leads that were deleted before a time, oldest first, `limit` at most; returns how many. */
export async function purgeDeletedLeads({ orm }: Executor, before: Date, limit: number): Promise<number> {
  const expired = orm.select({ id: leads.id }).from(leads).where(lt(leads.deletedAt, before)).orderBy(leads.deletedAt).limit(limit)
  const purged = await orm.delete(leads).where(inArray(leads.id, expired)).returning({ id: leads.id })
  return purged.length
}

/** Makes those of the leads that are NEW into QUALIFIED, deleted ones too, and touches no other. Returns the leads it changed. */
export async function qualifyNewLeads({ orm }: Executor, leadIds: string[], now: Date): Promise<StoredLead[]> {
  return orm
    .update(leads)
    .set({
      status: 'QUALIFIED',
      version: sql`${leads.version} + 1`,
      updatedAt: sql`greatest(${now.toISOString()}::timestamptz, ${leads.updatedAt} + interval '1 ms')`,
    })
    .where(and(inArray(leads.id, leadIds), eq(leads.status, 'NEW')))
    .returning(columns)
}

export async function readLeads({ orm }: Executor, filters: LeadFilters, page: PageQuery): Promise<StoredLead[]> {
  return orm
    .select(columns)
    .from(leads)
    .where(and(matching(filters), page.where))
    .orderBy(page.orderBy)
    .limit(page.limit)
    .offset(page.offset)
}

export async function countLeads({ orm }: Executor, filters: LeadFilters): Promise<number> {
  const [row] = await orm.select({ total: count() }).from(leads).where(matching(filters))
  return row?.total ?? 0
}

function matching({ scope, status, q }: LeadFilters): SQL | undefined {
  return and(
    isNull(leads.deletedAt),
    within(scope, leads.companyId),
    status && eq(leads.status, status),
    q === undefined ? undefined : containing(q),
  )
}

function containing(q: string): SQL {
  return sql`${leads.searchText} like search_pattern(${q})`
}
