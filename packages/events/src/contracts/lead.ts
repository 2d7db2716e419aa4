import { Type } from '@sinclair/typebox'
import { defineContract } from './contract.ts'
import { ActorUserId, Change, Id, Time } from './fields.ts'

const source = '/crm-service'
const sequence = 'record-version'

export const LeadStatus = Type.Union([Type.Literal('NEW'), Type.Literal('QUALIFIED'), Type.Literal('CONTACTED'), Type.Literal('REJECTED')])

const identity = {
  leadId: Id('The lead.'),
  companyId: Id('The company that owns the lead; never changes.'),
  actorUserId: ActorUserId(),
}
const state = {
  name: Type.String(),
  email: Type.String(),
  status: LeadStatus,
  createdAt: Time('When the lead was created.'),
  updatedAt: Time('When the lead last changed.'),
}
const changes = { name: Change(Type.String()), status: Change(LeadStatus) }

const exampleIdentity = {
  leadId: '01980000-0000-7000-8000-000000000001',
  companyId: '01980000-0000-7000-8000-00000000c002',
  actorUserId: '01980000-0000-7000-8000-00000000a004',
}
const born = {
  ...exampleIdentity,
  name: 'Leonie Köhler',
  email: 'leonie.koehler@example.com',
  status: 'NEW',
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
}
const qualified = { ...born, actorUserId: null, status: 'QUALIFIED', updatedAt: '2026-01-31T09:30:00.150Z' }
const contacted = { ...born, status: 'CONTACTED', updatedAt: '2026-02-02T14:05:00.000Z' }
const deletedAt = '2026-02-03T08:00:00.000Z'
const deleted = { ...contacted, updatedAt: deletedAt, deletedAt }
const restored = { ...contacted, updatedAt: '2026-02-03T08:01:00.000Z' }
const erased = { ...exampleIdentity, erasedAt: '2026-02-04T16:20:00.000Z' }

export const leadCreated = defineContract({
  type: 'lead.created',
  source,
  sequence,
  summary: 'A lead was created.',
  payload: Type.Object({ ...identity, ...state }, { examples: [born] }),
})

export const leadUpdated = defineContract({
  type: 'lead.updated',
  source,
  sequence,
  summary: 'A person changed a lead.',
  payload: Type.Object(
    { ...identity, ...state, changes: Type.Object(changes) },
    { examples: [{ ...contacted, changes: { status: { from: 'QUALIFIED', to: 'CONTACTED' } } }] },
  ),
})

export const leadQualified = defineContract({
  type: 'lead.qualified',
  source,
  sequence,
  summary: 'A NEW lead became QUALIFIED.',
  payload: Type.Object(
    { ...identity, ...state, changes: Type.Object(changes) },
    { examples: [{ ...qualified, changes: { status: { from: 'NEW', to: 'QUALIFIED' } } }] },
  ),
})

export const leadDeleted = defineContract({
  type: 'lead.deleted',
  source,
  sequence,
  summary: 'A lead was deleted; it can be restored until it is purged.',
  payload: Type.Object({ ...identity, ...state, deletedAt: Time('When the lead was deleted.') }, { examples: [deleted] }),
})

export const leadRestored = defineContract({
  type: 'lead.restored',
  source,
  sequence,
  summary: 'A deleted lead is back.',
  payload: Type.Object({ ...identity, ...state }, { examples: [restored] }),
})

export const leadErased = defineContract({
  type: 'lead.erased',
  source,
  sequence,
  summary: 'The personal data of a lead was erased for good.',
  payload: Type.Object({ ...identity, erasedAt: Time('When the data was erased.') }, { examples: [erased] }),
})

export const leadContracts = [leadCreated, leadUpdated, leadQualified, leadDeleted, leadRestored, leadErased]
