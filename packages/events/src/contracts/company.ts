import { Type } from '@sinclair/typebox'
import { defineContract } from './contract.ts'
import { ActorUserId, Change, Id, Nullable, Time } from './fields.ts'

const state = {
  companyId: Id('The company itself.'),
  actorUserId: ActorUserId(),
  name: Type.String(),
  parentId: Nullable(Id('The company above it; null for a root. Never changes.')),
  isActive: Type.Boolean({ description: 'The stored flag; a company is active only while all its ancestors are.' }),
  createdAt: Time('When the company was created.'),
  updatedAt: Time('When the company last changed.'),
}

export const companyCreated = defineContract({
  type: 'identity.company.created',
  source: '/user-service',
  sequence: 'record-version',
  summary: 'A company was created.',
  payload: Type.Object(state),
})

export const companyUpdated = defineContract({
  type: 'identity.company.updated',
  source: '/user-service',
  sequence: 'record-version',
  summary: 'A company was renamed, activated or deactivated.',
  payload: Type.Object({ ...state, changes: Type.Object({ name: Change(Type.String()), isActive: Change(Type.Boolean()) }) }),
})

export const companyContracts = [companyCreated, companyUpdated]
