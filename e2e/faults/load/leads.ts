import { acmeWest } from '@crm/testing/all-in-one.ts'
import type { Write } from './writes.ts'

let made = 0

/** Leads that nobody has asked for before, without end or so many of them. */
export function newLeads(count = Number.POSITIVE_INFINITY): () => Write | undefined {
  let left = count
  return () => {
    if (left-- <= 0) return undefined
    made++
    const body = { name: `Leonie ${made}`, email: `lead-${process.pid}-${made}@faults.example`, companyId: acmeWest }
    return { method: 'POST', path: '/v1/leads', body }
  }
}

/** Changes of leads chosen at random, each to a name the lead never had: every one makes a version and a `lead.updated`. */
export function renamings(ids: readonly string[], count = Number.POSITIVE_INFINITY): () => Write | undefined {
  let left = count
  return () => {
    if (left-- <= 0) return undefined
    made++
    const id = ids[Math.floor(Math.random() * ids.length)]
    return { method: 'PATCH', path: `/v1/leads/${id}`, body: { name: `Leonie ${made}` } }
  }
}

/** Changes of one user, each to another first name. */
export function renamingsOfUser(userId: string): () => Write {
  return () => {
    made++
    return { method: 'PATCH', path: `/v1/users/${userId}`, body: { firstName: `Wes ${made}` } }
  }
}
