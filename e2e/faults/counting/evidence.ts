import type { Load } from '../load/load.ts'
import type { System } from '../system.ts'
import { readTopic } from '../topics.ts'
import type { Evidence, StoredLead } from './effects.ts'

/** Everything that the loads' writes have led to. Call it when the system has settled. */
export async function gatherEvidence({ sql, kafka }: System, loads: readonly Load[]): Promise<Evidence> {
  const leads = await sql<StoredLead[]>`select id, status, version from leads`
  const records = await Promise.all(['lead.created', 'lead.updated', 'lead.qualified'].map((topic) => readTopic(kafka.brokers, topic)))
  return { writes: loads.flatMap(({ writes }) => writes), leads, records: records.flat() }
}
