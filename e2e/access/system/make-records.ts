import { type Place, parents } from '../tree.ts'
import { type Account, type Actor, logIn } from './actors.ts'
import { call } from './call.ts'
import { createRecords, type KnownRecord, newMark, type Records } from './records.ts'
import type { System } from './start-system.ts'

/** What makes records, as the first administrator, straight at the services; each is known from then on. */
export interface RecordMaker {
  records: Records
  companyId(place: Place): string
  /** A company at its place, below a given one or that of its place; made again, one that lies to all others as the first does. */
  company(place: Place, parentId?: string): Promise<KnownRecord>
  /** Of the company at a place, or of another one that lies as that does. */
  lead(place: Place, companyId?: string): Promise<KnownRecord>
  deletedLead(place: Place, companyId?: string): Promise<KnownRecord>
  deleteLead(lead: KnownRecord): Promise<void>
  /** A user of the company at a place, or of another one that lies as that does; without a place a SYSTEM_ADMIN. */
  user(place: Place | null, role: Account['role'], options?: UserOptions): Promise<KnownRecord>
  /** A new user with a session. */
  actor(companyPlace: Place, role: Account['role']): Promise<Actor>
  /** A further session of an account. */
  session(account: Account): Promise<Actor>
  setActivity(record: KnownRecord, isActive: boolean): Promise<void>
  changeUser(user: KnownRecord, change: object): Promise<void>
}

export interface UserOptions {
  companyId?: string
  isActive?: boolean
  password?: string
}

export function createRecordMaker(system: System): RecordMaker {
  const records = createRecords()
  const companies = new Map<Place, string>()
  const { admin } = system
  const write = async (service: 'user-service' | 'crm-service', method: string, path: string, body?: object) => {
    const answer = await call(system[service], { method, path, ...(body && { body }) }, admin)
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`)
    return answer.body as { id: string }
  }
  const companyId = (place: Place) => {
    const id = companies.get(place)
    if (id === undefined) throw new Error(`there is no company at ${place} yet`)
    return id
  }
  const maker: RecordMaker = {
    records,
    companyId,
    async company(place, parentId) {
      const mark = newMark()
      const parent = parents[place]
      const below = parentId ?? (parent === null ? null : companyId(parent))
      const { id } = await write('user-service', 'POST', '/v1/companies', { name: `Company ${mark}`, parentId: below })
      if (!companies.has(place)) companies.set(place, id)
      return records.add({ kind: 'company', id, place, mark, isActive: true })
    },
    async lead(place, company = companyId(place)) {
      const mark = newMark()
      const email = `${mark}@example.com`
      const { id } = await write('crm-service', 'POST', '/v1/leads', { name: `Lead ${mark}`, email, companyId: company })
      return records.add({ kind: 'lead', id, place, mark, email })
    },
    async deletedLead(place, company) {
      const lead = await maker.lead(place, company)
      await maker.deleteLead(lead)
      return lead
    },
    async deleteLead(lead) {
      await write('crm-service', 'DELETE', `/v1/leads/${lead.id}`)
      lead.kind = 'deletedLead'
    },
    async user(place, role, { companyId: company = place && companyId(place), isActive = true, password } = {}) {
      const mark = newMark()
      const email = `${mark}@example.com`
      const input = { email, firstName: `First ${mark}`, lastName: `Last ${mark}`, ...(password !== undefined && { password }) }
      const { id } = await write('user-service', 'POST', '/v1/users', { ...input, role, companyId: company })
      const user = records.add({ kind: 'user', id, place, mark, email, role, isActive: true })
      if (!isActive) await maker.setActivity(user, false)
      return user
    },
    async actor(companyPlace, role) {
      const password = newMark()
      const { id, email = '' } = await maker.user(role === 'SYSTEM_ADMIN' ? null : companyPlace, role, { password })
      return maker.session({ id, email, password, role, companyPlace })
    },
    async session(account) {
      const actor = await logIn(system['user-service'], account)
      const place = account.role === 'SYSTEM_ADMIN' ? null : account.companyPlace
      records.add({ kind: 'session', id: actor.sessionId, place, ownerId: actor.id })
      return actor
    },
    async setActivity(record, isActive) {
      const path = record.kind === 'company' ? 'companies' : 'users'
      await write('user-service', 'PATCH', `/v1/${path}/${record.id}`, { isActive })
      record.isActive = isActive
    },
    async changeUser({ id }, change) {
      await write('user-service', 'PATCH', `/v1/users/${id}`, change)
    },
  }
  return maker
}
