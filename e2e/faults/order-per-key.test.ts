import { needsKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import { findEffectFaults } from './counting/effects.ts'
import { findOrderFaults } from './counting/order.ts'
import { printFigures, secondsSince } from './figures.ts'
import { newLeads, renamings } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { scaled } from './scale.ts'
import { startSystem } from './system.ts'

const writers = 32
const { leads, changes } = scaled({ short: { leads: 40, changes: 1_000 }, long: { leads: 500, changes: 20_000 } })

t.test(
  'many writers on the same records, by two processes: the events of each record are sent in its order, none missing',
  needsKafka,
  async (t) => {
    const system = await startSystem(t, { crmServices: 2 })
    const urls = system.crmServices.map(({ url }) => url)
    const creations = startLoad(t, { urls, next: newLeads(leads), pace: { clients: writers } })
    await creations.finished
    const ids = creations.writes.flatMap(({ answer }) => answer?.id ?? [])

    const began = performance.now()
    // The worker makes the leads QUALIFIED meanwhile: one more writer.
    const renaming = startLoad(t, { urls, next: renamings(ids, changes), pace: { clients: writers } })
    await renaming.finished
    await system.settled()

    const evidence = await system.gatherEvidence([creations, renaming])
    const updated = evidence.records.filter(({ topic }) => topic === 'lead.updated')
    const { broken, repeated } = findOrderFaults(updated)
    const { lost, doubled } = findEffectFaults(evidence)
    printFigures(t, `${writers} writers on ${leads} records, ${changes} events`, {
      'order broken': broken.length,
      missing: lost.length,
      doubled: doubled.length,
      repeated,
      in: secondsSince(began),
    })
    t.equal(ids.length, leads)
    t.equal(renaming.acknowledged(), changes, 'every change was acknowledged')
    t.equal(new Set(updated.map(({ id }) => id)).size, changes, 'and has its event')
    t.strictSame(broken, [])
    t.strictSame(lost, [])
    t.strictSame(doubled, [])
    for (const process of system.processes) t.strictSame(process.crashes(), [], process.name)
  },
)
