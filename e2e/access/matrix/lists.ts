import type { Row } from './row.ts'
import { oneself } from './sessions.ts'

const orders = ['createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'name', '-name'].map((order) => `orderBy=${order}`)
/** Records that an offset leaves out. */
export const passedOver = 2
const sizes = ['', 'limit=5', 'limit=500', `offset=${passedOver}&limit=7`]

/** Every list of the API, by the kind of its records, and how it is asked for beside the filters by company. */
export const lists = {
  lead: {
    operation: 'listLeads',
    service: 'crm-service',
    path: '/v1/leads',
    queries: [...sizes, ...orders, 'q=example', 'status=QUALIFIED', 'expand=company'],
  },
  company: { operation: 'listCompanies', service: 'user-service', path: '/v1/companies', queries: [...sizes, ...orders, 'q=company'] },
  user: { operation: 'listUsers', service: 'user-service', path: '/v1/users', queries: [...sizes, ...orders] },
  session: {
    operation: 'listSessions',
    service: 'user-service',
    path: '/v1/users/me/sessions',
    queries: ['', 'limit=1', 'orderBy=createdAt'],
  },
} as const

/** Lists refuse nobody who is known: what they show is checked record by record. */
export const listRows: readonly Row[] = Object.values(lists).map(({ operation }) => ({ operation, on: 'caller', expected: oneself }))
