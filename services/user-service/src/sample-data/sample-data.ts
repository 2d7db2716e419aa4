import type { Role } from '@crm/service-kit/access/access.ts'

export const sampleCompanyIds = {
  acme: '01980000-0000-7000-8000-00000000c001',
  acmeWest: '01980000-0000-7000-8000-00000000c002',
  acmeEast: '01980000-0000-7000-8000-00000000c003',
  globalTech: '01980000-0000-7000-8000-00000000c004',
} as const

export const sampleUserIds = {
  admin: '01980000-0000-7000-8000-00000000a001',
  acmeAdmin: '01980000-0000-7000-8000-00000000a002',
  globalAdmin: '01980000-0000-7000-8000-00000000a003',
  west: '01980000-0000-7000-8000-00000000a004',
} as const

export interface SampleCompany {
  id: string
  name: string
  parentId: string | null
}

export interface SampleUser {
  id: string
  email: string
  /** Known to everybody, and shorter than the API allows. */
  password: string
  role: Role
  companyId: string | null
  firstName: string
  lastName: string
}

const { acme, acmeWest, acmeEast, globalTech } = sampleCompanyIds

/** Parents before their children. */
export const sampleCompanies: readonly SampleCompany[] = [
  { id: acme, name: 'Acme Corporation', parentId: null },
  { id: acmeWest, name: 'Acme West Division', parentId: acme },
  { id: acmeEast, name: 'Acme East Division', parentId: acme },
  { id: globalTech, name: 'GlobalTech Industries', parentId: null },
]

export const sampleUsers: readonly SampleUser[] = [
  {
    id: sampleUserIds.admin,
    email: 'admin@crm.com',
    password: 'admin123',
    role: 'SYSTEM_ADMIN',
    companyId: null,
    firstName: 'Ada',
    lastName: 'Admin',
  },
  {
    id: sampleUserIds.acmeAdmin,
    email: 'admin.acme@crm.com',
    password: 'acme123',
    role: 'PARENT_ADMIN',
    companyId: acme,
    firstName: 'Alex',
    lastName: 'Acme',
  },
  {
    id: sampleUserIds.globalAdmin,
    email: 'admin.global@crm.com',
    password: 'global123',
    role: 'PARENT_ADMIN',
    companyId: globalTech,
    firstName: 'Gloria',
    lastName: 'Global',
  },
  {
    id: sampleUserIds.west,
    email: 'user.west@crm.com',
    password: 'west123',
    role: 'CHILD_USER',
    companyId: acmeWest,
    firstName: 'Wes',
    lastName: 'West',
  },
]
