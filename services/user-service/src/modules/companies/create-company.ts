import { appendEvents } from '@crm/events/outbox/append-events.ts'
import { parentCompanyScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { newId } from '@crm/service-kit/ids/new-id.ts'
import type { Actor } from '../access/actor.ts'
import { insertCompany } from './companies.repository.ts'
import type { Company } from './companies.schemas.ts'
import { requireNamedCompany } from './company-access.ts'
import { companyCreatedEvent } from './company-events.ts'
import { toCompany } from './company-view.ts'

export interface NewCompany {
  /** Given by the sample data alone. */
  id?: string
  name: string
  parentId?: string | null
}

interface Place {
  ancestorIds: string[]
  parentName: string | null
}

/** Creates a company below another one, or a root, which only SYSTEM_ADMIN may do, together with its event. */
export async function createCompany(on: Executor, actor: Actor, { id = newId(), name, parentId = null }: NewCompany): Promise<Company> {
  return on.transaction(async (tx) => {
    const { ancestorIds, parentName } = parentId === null ? placeAsRoot(actor) : await placeBelow(tx, actor, parentId)
    const now = new Date()
    const company = { id, name, parentId, ancestorIds, isActive: true, version: 1, createdAt: now, updatedAt: now }
    await insertCompany(tx, company)
    await appendEvents(tx, [companyCreatedEvent(actor, company)])
    return toCompany({ ...company, parentName })
  })
}

function placeAsRoot({ access }: Actor): Place {
  if (!access.unrestricted) throw new AppError('forbidden', 'Only a SYSTEM_ADMIN creates a company without a parent.')
  return { ancestorIds: [], parentName: null }
}

async function placeBelow(tx: Executor, { access }: Actor, parentId: string): Promise<Place> {
  const parent = await requireNamedCompany(tx, parentId, { access, scope: parentCompanyScope(access), field: 'parentId' })
  return { ancestorIds: [...parent.ancestorIds, parentId], parentName: parent.name }
}
