import { Type } from '@sinclair/typebox'
import { defineContract } from './contract.ts'
import { ActorUserId, Change, Id, Nullable, Time } from './fields.ts'

export const UserRole = Type.Union([Type.Literal('SYSTEM_ADMIN'), Type.Literal('PARENT_ADMIN'), Type.Literal('CHILD_USER')])

const state = {
  userId: Id('The user the event is about.'),
  companyId: Nullable(Id('The company of the user; null for a SYSTEM_ADMIN.')),
  actorUserId: ActorUserId(),
  email: Type.String(),
  firstName: Nullable(Type.String()),
  lastName: Nullable(Type.String()),
  role: UserRole,
  isActive: Type.Boolean(),
  createdAt: Time('When the user was created.'),
  updatedAt: Time('When the user last changed.'),
}
const changes = {
  email: Change(Type.String()),
  firstName: Change(Nullable(Type.String())),
  lastName: Change(Nullable(Type.String())),
  role: Change(UserRole),
  companyId: Change(Nullable(Id('A company.'))),
  isActive: Change(Type.Boolean()),
}

const example = {
  userId: '01980000-0000-7000-8000-000000000002',
  companyId: '01980000-0000-7000-8000-00000000c002',
  actorUserId: '01980000-0000-7000-8000-00000000a002',
  email: 'leonie.koehler@example.com',
  firstName: 'Leonie',
  lastName: 'Köhler',
  role: 'CHILD_USER',
  isActive: true,
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
}
const promoted = { ...example, role: 'PARENT_ADMIN', updatedAt: '2026-02-02T14:05:00.000Z' }

export const userCreated = defineContract({
  type: 'identity.user.created',
  source: '/user-service',
  sequence: 'record-version',
  summary: 'A user was created.',
  payload: Type.Object(state, { examples: [example] }),
})

export const userUpdated = defineContract({
  type: 'identity.user.updated',
  source: '/user-service',
  sequence: 'record-version',
  summary: 'A user changed.',
  payload: Type.Object(
    { ...state, changes: Type.Object(changes) },
    { examples: [{ ...promoted, changes: { role: { from: example.role, to: promoted.role } } }] },
  ),
})

export const userPasswordChanged = defineContract({
  type: 'identity.user.password-changed',
  source: '/user-service',
  sequence: 'record-version',
  summary: 'A user has another password: their own choice, or an administrator reset it.',
  payload: Type.Object(
    {
      userId: Id('The user the event is about.'),
      companyId: Nullable(Id('The company of the user; null for a SYSTEM_ADMIN.')),
      actorUserId: ActorUserId(),
      changedAt: Time('When it was changed.'),
    },
    {
      examples: [
        { userId: example.userId, companyId: example.companyId, actorUserId: example.userId, changedAt: '2026-02-02T14:05:00.000Z' },
      ],
    },
  ),
})

export const userContracts = [userCreated, userUpdated, userPasswordChanged]
