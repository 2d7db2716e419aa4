import { type CrmClient, CrmConflictError, type CrmError, createCrmClient, type Lead } from '@crm/sdk'

const baseUrl = 'https://crm.example.com'
const input = { name: 'Leonie', email: 'leonie@example.com', companyId: 'c' }

export async function misuse(crm: CrmClient, lead: Lead, error: CrmError): Promise<void> {
  createCrmClient({ baseUrl }) // TS2769
  createCrmClient({ userId: 'u' }) // TS2769
  createCrmClient({ services: { user: baseUrl }, credentials: {} }) // TS2769
  createCrmClient({ baseUrl, credentials: {}, userId: 'u' }) // TS2769
  createCrmClient({ baseUrl, credentials: { session: 'page' } }) // TS2769
  createCrmClient({ baseUrl, accessToken: 'token' }).logOut() // TS2339
  createCrmClient({ baseUrl, services: {}, userId: 'u' }) // TS2769
  createCrmClient({ baseUrl, accessToken: undefined, userId: undefined }) // TS2769
  createCrmClient({ baseUrl, accessToken: 5 }) // TS2769
  createCrmClient({ services: { billing: baseUrl }, userId: 'u' }) // TS2769
  createCrmClient({ baseUrl, userId: 'u', retries: 3 }) // TS2769
  createCrmClient({ baseUrl, credentials: {}, retries: 3 }) // TS2769

  crm.customers.list() // TS2339
  crm.leads.remove(lead.id) // TS2339

  await crm.leads.create({ name: 'Leonie', email: 'leonie@example.com' }) // TS2345 TS2741
  await crm.leads.create({ ...input, nickname: 'Leo' }) // TS2353
  await crm.leads.create({ ...input, name: null }) // TS2322
  await crm.leads.create(input, { idempotencykey: 'k' }) // TS2561
  await crm.leads.create(input, { ifMatch: lead }) // TS2353
  await crm.companies.resolve({ ids: [] }, { idempotencyKey: 'k' }) // TS2353

  await crm.leads.list({ state: 'NEW' }) // TS2353
  await crm.leads.list({ status: 'OLD' }) // TS2322
  await crm.leads.list({ orderBy: 'email' }) // TS2322
  await crm.leads.list({ limit: '10' }) // TS2322
  await crm.leads.list().toArray() // TS2554
  for await (const one of crm.leads.get(lead.id)) void one // TS2504

  await crm.leads.get() // TS2554
  await crm.leads.get(5) // TS2345
  await crm.leads.get(lead.id, { expand: 'company' }) // TS2353
  await crm.leads.get(lead.id, { query: { expand: 'owner' } }) // TS2322

  await crm.leads.update(lead.id, { companyId: 'd' }) // TS2353
  await crm.leads.update(lead.id, { status: 'LOST' }) // TS2322
  await crm.leads.update(lead.id, {}, { ifMatch: 3 }) // TS2322
  await crm.leads.update(lead.id, {}, { onConflict: 'overwrite' }) // TS2345
  await crm.leads.update(lead.id, {}, { ifMatch: lead, onConflict: 'refetch' }) // TS2322
  await crm.leads.update(lead.id, {}, { ifMatch: lead, onConflict: () => ({ nome: 'Leo' }) }) // TS2322
  await crm.leads.delete(lead.id, { ifMatch: lead, onConflict: () => ({ name: 'Leo' }) }) // TS2322

  const made: Lead = { ...lead, name: undefined } // TS2322
  const { phone } = await crm.leads.get(lead.id) // TS2339
  const status: 'NEW' = (await crm.leads.get(lead.id)).status // TS2322
  const companyId = lead.company.id // TS18048
  error.existingId // TS2339
  if (error instanceof CrmConflictError) error.status = 409 // TS2540
  return [made, phone, status, companyId] // TS2322
}
