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

const example = {
  companyId: '01980000-0000-7000-8000-00000000c002',
  actorUserId: '01980000-0000-7000-8000-00000000a002',
  name: 'Acme West Division',
  parentId: '01980000-0000-7000-8000-00000000c001',
  isActive: true,
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
}
const renamed = { ...example, name: 'Acme Pacific Division', updatedAt: '2026-02-02T14:05:00.000Z' }

export const companyCreated = defineContract({
  type: 'identity.company.created',
  source: '/user-service',
  sequence: 'record-version',
  summary: 'A company was created.',
  payload: Type.Object(state, { examples: [example] }),
})

export const companyUpdated = defineContract({
  type: 'identity.company.updated',
  source: '/user-service',
  sequence: 'record-version',
  summary: 'A company was renamed, activated or deactivated.',
  payload: Type.Object(
    { ...state, changes: Type.Object({ name: Change(Type.String()), isActive: Change(Type.Boolean()) }) },
    { examples: [{ ...renamed, changes: { name: { from: example.name, to: renamed.name } } }] },
  ),
})

export const companyContracts = [companyCreated, companyUpdated]
