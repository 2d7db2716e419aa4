import type { CrmClient, Lead } from '@crm/sdk'
import { acmeWest } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'

/** A new lead of Acme West once the system has qualified it: from then on only its caller changes it. */
export async function qualifiedLead(crm: CrmClient, lead: { name: string; email: string }): Promise<Lead> {
  const { id } = await crm.leads.create({ ...lead, companyId: acmeWest })
  return await until(
    async () => {
      const current = await crm.leads.get(id)
      return current.status === 'QUALIFIED' && current
    },
    { timeoutMs: 30_000, what: `${lead.email} is QUALIFIED` },
  )
}
