import { CrmNotFoundError, CrmPreconditionFailedError, type Lead } from '@crm/sdk'
import { acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import t from 'tap'
import { clientOf, patient } from '../client.ts'
import { qualifiedLead } from './qualified-lead.ts'

const system = await startAllInOne(t, await isolatedEnvironment(t))

t.test('a change decided on an older version', async (t) => {
  const crm = clientOf(system, west, patient)
  let count = 0
  /** A lead as it was read, and what somebody made of it since. */
  const readThenChanged = async () => {
    const read = await qualifiedLead(crm, { name: 'Leonie', email: `leonie${++count}@example.com` })
    return { read, now: await crm.leads.update(read.id, { name: 'Leonie Köhler' }) }
  }

  await t.test('is made with the version that was read', async (t) => {
    const { now } = await readThenChanged()
    const { data, response } = await crm.leads.update(now.id, { status: 'CONTACTED' }, { ifMatch: now }).withResponse()
    t.match(data, { status: 'CONTACTED', version: 4 })
    t.equal(response.etag, '"4"')
    t.match(await crm.leads.update(now.id, { status: 'REJECTED' }, { ifMatch: response.etag ?? '' }), { status: 'REJECTED' })
  })

  await t.test('is refused by itself', async (t) => {
    const { read, now } = await readThenChanged()
    await t.rejects(crm.leads.update(read.id, { status: 'CONTACTED' }, { ifMatch: read }), CrmPreconditionFailedError)
    await t.rejects(crm.leads.delete(read.id, { ifMatch: read }), CrmPreconditionFailedError)
    t.same(await crm.leads.get(read.id), now)
  })

  await t.test('is decided anew by a function of the record as it is now', async (t) => {
    const { read, now } = await readThenChanged()
    const given: Lead[] = []
    const change = (current: Lead) => {
      given.push(current)
      return { name: `${current.name} (called)` }
    }
    const changed = await crm.leads.update(read.id, { name: 'Leonie (called)' }, { ifMatch: read, onConflict: change })
    t.same(given, [now])
    t.match(changed, { name: 'Leonie Köhler (called)', version: 4 })
    await crm.leads.delete(read.id, { ifMatch: read, onConflict: async (current) => current.version === 4 })
    await t.rejects(crm.leads.get(read.id), CrmNotFoundError)
  })

  await t.test('is made all the same with overwrite, and what others wrote into the same fields is lost', async (t) => {
    const { read, now } = await readThenChanged()
    const changed = await crm.leads.update(read.id, { status: 'CONTACTED' }, { ifMatch: read, onConflict: 'overwrite' })
    t.match(changed, { name: now.name, status: 'CONTACTED', version: 4 })
    t.match(await crm.leads.update(read.id, { name: 'Leo' }, { ifMatch: read, onConflict: 'overwrite' }), { name: 'Leo', version: 5 })
    await crm.leads.delete(read.id, { ifMatch: read, onConflict: 'overwrite' })
    // A deleted lead cannot be read: the refusal itself tells its version.
    t.match(await crm.leads.restore(read.id, { ifMatch: changed, onConflict: 'overwrite' }), { id: read.id, status: 'CONTACTED' })
  })

  await t.test('can be run again under the same Idempotency-Key: it is decided on what is there then', async (t) => {
    const { read } = await readThenChanged()
    const given: string[] = []
    const note = ({ name }: Lead) => {
      given.push(name)
      return { name: name.endsWith('(called)') ? name : `${name} (called)` }
    }
    const run = () =>
      crm.leads
        .update(read.id, { name: 'Leonie (called)' }, { ifMatch: read, idempotencyKey: `call-${read.id}`, onConflict: note })
        .withResponse()
    const first = await run()
    t.match(first.data, { name: 'Leonie Köhler (called)' })
    const second = await run()
    t.match(second.data, { name: 'Leonie Köhler (called)' })
    t.same(given, ['Leonie Köhler', 'Leonie Köhler (called)'])

    const unchanged = await qualifiedLead(crm, { name: 'Leonie', email: `leonie${++count}@example.com` })
    const once = () =>
      crm.leads
        .update(unchanged.id, { status: 'CONTACTED' }, { ifMatch: unchanged, idempotencyKey: 'once', onConflict: 'overwrite' })
        .withResponse()
    t.match(await once(), { data: { version: 3 }, response: { isIdempotentReplay: false } })
    t.match(await once(), { data: { version: 3 }, response: { isIdempotentReplay: true } }, 'without a conflict it takes effect once')
  })

  await t.test('is given up when the function says so', async (t) => {
    const { read, now } = await readThenChanged()
    const giveUp = { ifMatch: read, onConflict: () => undefined }
    await t.rejects(crm.leads.update(read.id, { status: 'CONTACTED' }, giveUp), CrmPreconditionFailedError)
    await t.rejects(crm.leads.delete(read.id, { ifMatch: read, onConflict: () => false }), CrmPreconditionFailedError)
    t.same(await crm.leads.get(read.id), now)
  })

  await t.test('ends with what the function throws', async (t) => {
    const { read } = await readThenChanged()
    const onConflict = () => Promise.reject(new Error('ask somebody'))
    await t.rejects(crm.leads.update(read.id, { status: 'CONTACTED' }, { ifMatch: read, onConflict }), { message: 'ask somebody' })
  })

  await t.test('ends with 404 when the record is gone', async (t) => {
    const { read, now } = await readThenChanged()
    await crm.leads.delete(now.id)
    const options = { ifMatch: read, onConflict: () => ({ name: 'Other' }) }
    await t.rejects(crm.leads.update(read.id, { name: 'Leo' }, options), CrmNotFoundError)
  })
})

t.test('create, then change: the worker may qualify the lead in between, and the change is made all the same', async (t) => {
  const crm = clientOf(system, west, patient)
  for (let index = 0; index < 10; index++) {
    const lead = await crm.leads.create({ name: 'Leonie', email: `kim${index}@example.com`, companyId: acmeWest })
    const changed = await crm.leads.update(
      lead.id,
      { status: 'CONTACTED' },
      {
        ifMatch: lead,
        onConflict: ({ status }) => (status === 'REJECTED' ? undefined : { status: 'CONTACTED' }),
      },
    )
    t.equal(changed.status, 'CONTACTED')
  }
})
