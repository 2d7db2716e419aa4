import { sampleCompanyIds } from '../../sample-data/sample-data.ts'

const { acme, acmeWest } = sampleCompanyIds

/** A company of the sample data. */
export const exampleCompany = {
  id: acmeWest,
  name: 'Acme West Division',
  parentId: acme,
  parent: { id: acme, name: 'Acme Corporation' },
  isActive: true,
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
  version: 1,
} as const

/** What creating the request's example answers. */
export const newCompany = {
  ...exampleCompany,
  id: '01980000-0000-7000-8000-000000000003',
  name: 'Acme South Division',
} as const

/** The example company after its example change. */
export const renamedCompany = {
  ...exampleCompany,
  name: 'Acme Pacific Division',
  updatedAt: '2026-02-02T14:05:00.000Z',
  version: 2,
} as const
