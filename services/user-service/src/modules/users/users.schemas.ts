import { Role } from '@crm/service-kit/access/access.ts'
import { Email, Nullable, ref, Text, Timestamp, Uuid, Version, withExamples } from '@crm/service-kit/http/schemas.ts'
import { listQuery, pageOf } from '@crm/service-kit/paging/list-query.ts'
import { type Static, Type } from '@sinclair/typebox'
import { NewPassword } from '../passwords/passwords.schemas.ts'
import { exampleUser, newUser, renamedUser, userCreate } from './users.examples.ts'

const userId = (description?: string) => Uuid({ examples: [exampleUser.id], ...(description && { description }) })
const companyId = (description: string) => Uuid({ examples: [exampleUser.companyId], description })
const givenName = (example: string) => Nullable(Text({ minLength: 1, maxLength: 100, examples: [example] }))
const isActive = () => Type.Boolean({ description: 'An inactive user is turned away everywhere.', examples: [true] })

const companyOfUser = () => Nullable(companyId('Null for a SYSTEM_ADMIN, and only for one.'))

export const User = withExamples(
  Type.Object(
    {
      id: userId(),
      email: Email({ description: 'Unique.' }),
      firstName: givenName(newUser.firstName),
      lastName: givenName(newUser.lastName),
      role: ref(Role),
      companyId: companyOfUser(),
      isActive: isActive(),
      createdAt: Timestamp(),
      updatedAt: Timestamp(),
      version: Version(),
    },
    { $id: 'User', description: 'Somebody who works with the system.' },
  ),
  [exampleUser],
)
export type User = Static<typeof User>

export const UserCreate = withExamples(
  Type.Object(
    {
      email: Email(),
      role: ref(Role),
      companyId: companyOfUser(),
      firstName: Type.Optional(givenName(newUser.firstName)),
      lastName: Type.Optional(givenName(newUser.lastName)),
      password: Type.Optional(NewPassword('Never shown again.')),
    },
    { $id: 'UserCreate', additionalProperties: false },
  ),
  [userCreate],
)
export type UserCreate = Static<typeof UserCreate>

export const UserUpdate = withExamples(
  Type.Object(
    {
      email: Type.Optional(Email()),
      firstName: Type.Optional(givenName(newUser.firstName)),
      lastName: Type.Optional(givenName(newUser.lastName)),
      role: Type.Optional(ref(Role)),
      companyId: Type.Optional(companyOfUser()),
      isActive: Type.Optional(isActive()),
    },
    { $id: 'UserUpdate', additionalProperties: false, minProperties: 1 },
  ),
  [{ lastName: renamedUser.lastName }],
)
export type UserUpdate = Static<typeof UserUpdate>

export const UserPage = pageOf(User, { $id: 'UserPage' })

export const UserListQuery = listQuery(['createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'name', '-name'], {
  companyId: Type.Optional(Uuid({ description: 'Only users of this company.' })),
  includeDescendants: Type.Optional(Type.Boolean({ description: 'With companyId: also users of the companies below it.' })),
})
export type UserListQuery = Static<typeof UserListQuery>

export const UserParams = Type.Object({ userId: userId('The user.') })
