import t from 'tap'
import { decideUpdate } from '../../../src/modules/leads/decide-update.ts'
import type { LeadStatus } from '../../../src/modules/leads/leads.schemas.ts'

const statuses: LeadStatus[] = ['NEW', 'QUALIFIED', 'CONTACTED', 'REJECTED']

t.test('who may set which status, from any status', async (t) => {
  for (const from of statuses) {
    for (const to of statuses) {
      const decide = () => decideUpdate({ name: 'Leonie', status: from }, { status: to })
      if (to === 'NEW' || to === 'QUALIFIED') t.throws(decide, { code: 'invalid_status_transition' }, `${from} to ${to} is the system's`)
      else t.same(decide(), from === to ? {} : { status: { from, to } }, `${from} to ${to}`)
    }
  }
})

t.test('only what differs is a change', async (t) => {
  const lead = { name: 'Leonie', status: 'QUALIFIED' as const }
  t.same(decideUpdate(lead, { name: 'Leonie' }), {})
  t.same(decideUpdate(lead, { name: 'Leo', status: 'CONTACTED' }), {
    name: { from: 'Leonie', to: 'Leo' },
    status: { from: 'QUALIFIED', to: 'CONTACTED' },
  })
})
