import { type Static, Type } from '@sinclair/typebox'
import { Nullable, OneOf, Uuid } from '../http/schemas.ts'

export const Role = OneOf(['SYSTEM_ADMIN', 'PARENT_ADMIN', 'CHILD_USER'], {
  $id: 'Role',
  description: 'SYSTEM_ADMIN may do everything; PARENT_ADMIN manages a company and its descendants; CHILD_USER works in one company.',
  examples: ['PARENT_ADMIN'],
})
export type Role = Static<typeof Role>

/** Who a caller is and which companies surround theirs: all that the access rules need. */
export const Access = Type.Object(
  {
    user: Type.Object({
      id: Uuid(),
      role: Type.Unsafe<Role>({ $ref: 'Role#' }),
      companyId: Nullable(Uuid()),
      isActive: Type.Boolean({ examples: [true] }),
    }),
    sessionId: Nullable(Uuid()),
    unrestricted: Type.Boolean({ description: 'True for SYSTEM_ADMIN: no company limits the caller.', examples: [false] }),
    ancestorIds: Type.Array(Uuid(), { description: "The companies above the caller's, the root first." }),
    descendantIds: Type.Array(Uuid(), { description: "The companies below the caller's; empty for CHILD_USER, who sees none of them." }),
  },
  {
    $id: 'Access',
    description: 'What decides the access of the caller.',
    examples: [
      {
        user: {
          id: '01980000-0000-7000-8000-00000000a004',
          role: 'CHILD_USER',
          companyId: '01980000-0000-7000-8000-00000000c002',
          isActive: true,
        },
        sessionId: null,
        unrestricted: false,
        ancestorIds: ['01980000-0000-7000-8000-00000000c001'],
        descendantIds: [],
      },
    ],
  },
)
export type Access = Static<typeof Access>
