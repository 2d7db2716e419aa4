/** A lead just created. Its company is of the sample data, so that an example can be tried as it is. */
export const newLead = {
  id: '01980000-0000-7000-8000-000000000001',
  name: 'Leonie Köhler',
  email: 'leonie.koehler@example.com',
  status: 'NEW',
  companyId: '01980000-0000-7000-8000-00000000c002',
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
  version: 1,
} as const

/** The same, moments later. */
export const qualifiedLead = { ...newLead, status: 'QUALIFIED', updatedAt: '2026-01-31T09:30:00.150Z', version: 2 } as const

/** The same, after somebody talked to the person. */
export const contactedLead = { ...qualifiedLead, status: 'CONTACTED', updatedAt: '2026-02-02T14:05:00.000Z', version: 3 } as const
