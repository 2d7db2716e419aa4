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

export const userCreated = defineContract({
  type: 'identity.user.created',
  source: '/user-service',
  sequence: 'record-version',
  summary: 'A user was created.',
  payload: Type.Object(state),
})

export const userUpdated = defineContract({
  type: 'identity.user.updated',
  source: '/user-service',
  sequence: 'record-version',
  summary: 'A user changed.',
  payload: Type.Object({ ...state, changes: Type.Object(changes) }),
})

export const userContracts = [userCreated, userUpdated]
