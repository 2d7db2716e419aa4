import type { WriteRecord } from '../load/writes.ts'
import type { TopicRecord } from '../topics.ts'

/** The topics that tell the life of a lead here. */
export const leadTopics = ['lead.created', 'lead.updated', 'lead.qualified'] as const

export interface StoredLead {
  id: string
  status: string
  version: number
}

/** What clients were told, what is stored, and what was sent, once all is settled. */
export interface Evidence {
  /** Creations and changes of leads. */
  writes: readonly WriteRecord[]
  leads: readonly StoredLead[]
  /** Of leadTopics. */
  records: readonly TopicRecord[]
}

/** Each fault in a few words, so that a test that fails says which. */
export interface EffectFaults {
  /** Acknowledged changes, and qualifications due, that are not stored or have no event. */
  lost: string[]
  /** Effects and events beyond the one that each change has. */
  doubled: string[]
  /** Records that repeat an event sent before: allowed, and without effect. */
  sentAgain: number
}

/**
 * Compares what was acknowledged with what is there. Each creation makes one lead with one `lead.created` (version 1) and is followed by
 * one qualification with one `lead.qualified`; each change makes one version with one `lead.updated`.
 */
export function findEffectFaults({ writes, leads, records }: Evidence): EffectFaults {
  const lost: string[] = []
  const doubled: string[] = []
  const acknowledged = Map.groupBy(
    writes.flatMap(({ answer, method }) => (answer ? [{ ...answer, method }] : [])),
    ({ id }) => id,
  )
  const stored = new Map(leads.map((lead) => [lead.id, lead]))
  const events = Map.groupBy(records, ({ topic, key }) => `${topic} ${key}`)
  const idsOf = (topic: string, leadId: string, version?: number) =>
    new Set(
      (events.get(`${topic} ${leadId}`) ?? []).filter(({ sequence }) => version === undefined || sequence === version).map(({ id }) => id),
    )
  const expectOne = (found: number, what: string) => {
    if (found === 0) lost.push(what)
    for (let extra = 1; extra < found; extra++) doubled.push(what)
  }

  for (const [id, answers] of acknowledged) {
    const created = answers.filter(({ method }) => method === 'POST').length
    expectOne(idsOf('lead.created', id).size, `lead.created of ${id}`)
    expectOne(idsOf('lead.qualified', id).size, `lead.qualified of ${id}`)
    const changes = answers.filter(({ method }) => method === 'PATCH')
    const versions = new Set(changes.map(({ version }) => version))
    // Two changes that got one version: the later one has overwritten the earlier.
    for (let overwritten = versions.size; overwritten < changes.length; overwritten++) lost.push(`a change of ${id} overwritten`)
    for (const version of versions) expectOne(idsOf('lead.updated', id, version).size, `lead.updated of ${id}, version ${version}`)
    // A lead that another load created has been counted there: it is version 1 all the same.
    const expected = Math.max(created, 1) + 1 + changes.length
    const lead = stored.get(id)
    if (lead === undefined) lost.push(`lead ${id} is not stored`)
    else if (lead.status !== 'QUALIFIED') lost.push(`lead ${id} is ${lead.status}`)
    for (let version = lead?.version ?? expected; version < expected; version++) lost.push(`version ${version + 1} of ${id}`)
    for (let version = lead?.version ?? 0; version > expected; version--) doubled.push(`version ${version} of ${id}`)
  }
  for (const { id } of leads) if (!acknowledged.has(id)) doubled.push(`lead ${id}, which no answer named`)
  return { lost, doubled, sentAgain: records.length - new Set(records.map(({ topic, id }) => `${topic} ${id}`)).size }
}
