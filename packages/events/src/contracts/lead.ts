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

export const leadCreated = defineContract({
  type: 'lead.created',
  source,
  sequence,
  summary: 'A lead was created.',
  payload: Type.Object({ ...identity, ...state }),
})

export const leadUpdated = defineContract({
  type: 'lead.updated',
  source,
  sequence,
  summary: 'A person changed a lead.',
  payload: Type.Object({ ...identity, ...state, changes: Type.Object(changes) }),
})

export const leadQualified = defineContract({
  type: 'lead.qualified',
  source,
  sequence,
  summary: 'A NEW lead became QUALIFIED.',
  payload: Type.Object({ ...identity, ...state, changes: Type.Object(changes) }),
})

export const leadDeleted = defineContract({
  type: 'lead.deleted',
  source,
  sequence,
  summary: 'A lead was deleted; it can be restored until it is purged.',
  payload: Type.Object({ ...identity, ...state, deletedAt: Time('When the lead was deleted.') }),
})

export const leadRestored = defineContract({
  type: 'lead.restored',
  source,
  sequence,
  summary: 'A deleted lead is back.',
  payload: Type.Object({ ...identity, ...state }),
})

export const leadErased = defineContract({
  type: 'lead.erased',
  source,
  sequence,
  summary: 'The personal data of a lead was erased for good.',
  payload: Type.Object({ ...identity, erasedAt: Time('When the data was erased.') }),
})

export const leadContracts = [leadCreated, leadUpdated, leadQualified, leadDeleted, leadRestored, leadErased]
