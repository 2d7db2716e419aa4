import type { Access } from '@crm/service-kit/access/access.ts'
import { readScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import type { CompanyResolve, ResolvedCompany } from './companies.schemas.ts'

/**
 * Says of each id whether a company has it and is active with all above it. That much everyone may know of any id;
 * names and descendants only those who may read the company in question.
 */
export async function resolveCompanies(
  db: Executor,
  access: Access,
  { ids, includeDescendants }: CompanyResolve,
): Promise<ResolvedCompany[]> {
  const scope = readScope(access, 'company')
  const visible = scope.every ? [] : [...scope.companyIds]
  const rows = await db.sql<Required<ResolvedCompany>[]>`
    select asked.id, c.id is not null as exists,
      c.id is not null and not exists (select from companies i where i.id = any(c.ancestor_ids || c.id) and not i.is_active) as "isActive",
      case when ${scope.every} or c.id = any(${visible}::uuid[]) then c.name end as name,
      case when ${includeDescendants ?? false} then array(
        select d.id from companies d
        where d.ancestor_ids @> array[c.id] and (${scope.every} or d.id = any(${visible}::uuid[])) order by d.id
      ) else '{}' end as "descendantIds"
    from unnest(${ids}::uuid[]) with ordinality as asked (id, place)
    left join companies c on c.id = asked.id
    order by asked.place`
  return includeDescendants ? rows : rows.map(({ descendantIds: _, ...company }) => company)
}
