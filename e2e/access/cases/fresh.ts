import { roles } from '../callers.ts'
import type { Target } from '../matrix/row.ts'
import type { Actor } from '../system/actors.ts'
import type { RecordMaker } from '../system/make-records.ts'
import type { KnownRecord } from '../system/records.ts'
import { isInactive, type Place } from '../tree.ts'
import type { Case } from './case.ts'

interface Prepared {
  target: Target
  caller: Actor
}

/** A record of its own for a case that changes one, at the place of the one given; or a caller of its own who changes themselves. */
export async function prepare(maker: RecordMaker, { row, caller, target, operation }: Case): Promise<Prepared> {
  const { column, place } = target
  const on = (record: KnownRecord) => ({ caller, target: { ...target, ...record } })
  if (!roles.some((role) => role === caller.kind)) return { caller, target }
  if (row.on === 'lead' && place) return on(await maker.lead(place))
  if (row.on === 'deletedLead' && place) return on(await maker.deletedLead(place))
  if (row.on === 'company' && place && operation.path.includes('{')) return on(await newCompany(maker, place))
  if (row.on === 'move') return on(await maker.user(caller.companyPlace, 'CHILD_USER'))
  if (row.on === 'user' && column !== 'self') return on(await newUser(maker, target))
  if (row.on === 'user' || row.on === 'ownPassword') return newCaller(maker, caller, target)
  if (row.on === 'refreshToken' && column === 'own') return newCaller(maker, caller, target)
  if (row.on !== 'session') return { caller, target }
  const prepared = await newCaller(maker, caller, target)
  const { sessionId } = await maker.session(prepared.caller)
  return { ...prepared, target: { ...target, id: sessionId } }
}

async function newCaller(maker: RecordMaker, { companyPlace, role }: Actor, target: Target): Promise<Prepared> {
  const caller = await maker.actor(companyPlace, role)
  const { id, password, refreshToken } = caller
  return { caller, target: { ...target, id, password, refreshToken } }
}

async function newCompany(maker: RecordMaker, place: Place): Promise<KnownRecord> {
  const { company, close } = await openCompany(maker, place)
  await close()
  return company
}

async function newUser(maker: RecordMaker, { place, role, isActive = true }: Target): Promise<KnownRecord> {
  if (place === null) return maker.user(null, 'SYSTEM_ADMIN')
  const kind = role === 'PARENT_ADMIN' ? role : 'CHILD_USER'
  if (!isInactive(place)) return maker.user(place, kind, { isActive })
  const { company, close } = await openCompany(maker, place)
  const user = await maker.user(place, kind, { companyId: company.id, isActive })
  await close()
  return user
}

/** A further company that lies as the one at a place does. One that is to be inactive is closed when what belongs to it is there. */
async function openCompany(maker: RecordMaker, place: Place): Promise<{ company: KnownRecord; close(): Promise<void> }> {
  if (!isInactive(place)) return { company: await maker.company(place), close: async () => {} }
  const top = await maker.company('inactive')
  const company = place === 'inactive' ? top : await maker.company(place, top.id)
  return { company, close: () => maker.setActivity(top, false) }
}
