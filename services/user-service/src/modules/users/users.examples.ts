import { sampleCompanyIds, sampleUserIds } from '../../sample-data/sample-data.ts'

/** A user of the sample data. */
export const exampleUser = {
  id: sampleUserIds.west,
  email: 'user.west@crm.com',
  firstName: 'Wes',
  lastName: 'West',
  role: 'CHILD_USER',
  companyId: sampleCompanyIds.acmeWest,
  isActive: true,
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
  version: 1,
} as const

/** What creating the request's example answers. */
export const newUser = {
  ...exampleUser,
  id: '01980000-0000-7000-8000-000000000002',
  email: 'leonie.koehler@example.com',
  firstName: 'Leonie',
  lastName: 'Köhler',
} as const

const { email, role, companyId, firstName, lastName } = newUser
/** What the request to create that user says. */
export const userCreate = { email, role, companyId, firstName, lastName, password: 'correct horse battery staple' } as const

/** The example user after its example change. */
export const renamedUser = { ...exampleUser, lastName: 'Weston', updatedAt: '2026-02-02T14:05:00.000Z', version: 2 } as const
