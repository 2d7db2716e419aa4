import { qualifyLead } from './qualify-lead.ts'

/** Every consumer that crm-worker runs. ARCHITECTURE.md's table of topics is made from this list. */
export const crmWorkerConsumers = [qualifyLead]
