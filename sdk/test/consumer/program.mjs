// A consumer's program in plain JavaScript: it uses the installed package against the services whose addresses it is given.
import assert from 'node:assert/strict'
import * as sdk from '@crm/sdk'

const { user, crm: crmUrl, userId, companyId } = JSON.parse(process.argv[2])
const crm = sdk.createCrmClient({ services: { user, crm: crmUrl }, userId })

const me = await crm.users.me()
assert.equal(me.id, userId)

const email = `node-${process.versions.node}@example.com`
const { data: lead, response } = await crm.leads.create({ name: 'Leonie', email, companyId }).withResponse()
assert.equal(response.status, 201)

const changed = await crm.leads.update(
  lead.id,
  { status: 'CONTACTED' },
  { ifMatch: lead, onConflict: ({ status }) => (status === 'REJECTED' ? undefined : { status: 'CONTACTED' }) },
)
const ids = []
for await (const { id } of crm.leads.list({ q: email, limit: 1 })) ids.push(id)
assert.deepEqual(ids, [lead.id])

await assert.rejects(crm.leads.create({ name: 'Leonie', email, companyId }), (error) => {
  return error instanceof sdk.CrmConflictError && error.code === 'lead_already_exists' && error.existingId === lead.id
})
await assert.rejects(crm.leads.get(lead.id, { signal: AbortSignal.abort() }), sdk.CrmAbortError)

process.stdout.write(JSON.stringify({ node: process.versions.node, status: changed.status }))
