import t from 'tap'
import { CrmNotFoundError, CrmPreconditionFailedError, createCrmClient, type Lead } from '../src/index.ts'
import { json, problem, startScriptedServer } from './scripted-server.ts'
import { acmeWest, startSystem, west } from './system.ts'

t.test('a change decided on an older version', async (t) => {
  const { clientOf } = await startSystem(t)
  const crm = clientOf(west)
  let count = 0
  /** A lead as it was read, and what somebody made of it since. */
  const readThenChanged = async () => {
    const read = await crm.leads.create({ name: 'Leonie', email: `leonie${++count}@example.com`, companyId: acmeWest })
    return { read, now: await crm.leads.update(read.id, { name: 'Leonie Köhler' }) }
  }

  await t.test('is made with the version that was read', async (t) => {
    const { now } = await readThenChanged()
    const { data, response } = await crm.leads.update(now.id, { status: 'CONTACTED' }, { ifMatch: now }).withResponse()
    t.match(data, { status: 'CONTACTED', version: 3 })
    t.equal(response.etag, '"3"')
    t.match(await crm.leads.update(now.id, { status: 'REJECTED' }, { ifMatch: response.etag ?? '' }), { status: 'REJECTED' })
  })

  await t.test('is refused by itself', async (t) => {
    const { read, now } = await readThenChanged()
    await t.rejects(crm.leads.update(read.id, { status: 'CONTACTED' }, { ifMatch: read }), CrmPreconditionFailedError)
    await t.rejects(crm.leads.delete(read.id, { ifMatch: read }), CrmPreconditionFailedError)
    t.same(await crm.leads.get(read.id), now)
  })

  await t.test('is made on what is there now with refetch', async (t) => {
    const { read } = await readThenChanged()
    const changed = await crm.leads.update(read.id, { status: 'CONTACTED' }, { ifMatch: read, onConflict: 'refetch' })
    t.match(changed, { name: 'Leonie Köhler', status: 'CONTACTED', version: 3 })
    await crm.leads.delete(read.id, { ifMatch: changed })
    // A deleted lead cannot be read: the refusal itself tells its version.
    t.match(await crm.leads.restore(read.id, { ifMatch: changed, onConflict: 'refetch' }), { id: read.id, status: 'CONTACTED' })
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
    t.match(changed, { name: 'Leonie Köhler (called)', version: 3 })
    await crm.leads.delete(read.id, { ifMatch: read, onConflict: async (current) => current.version === 3 })
    await t.rejects(crm.leads.get(read.id), CrmNotFoundError)
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
  const { clientOf, startWorker } = await startSystem(t)
  await startWorker()
  const crm = clientOf(west)
  for (let index = 0; index < 10; index++) {
    const lead = await crm.leads.create({ name: 'Leonie', email: `leonie${index}@example.com`, companyId: acmeWest })
    const changed = await crm.leads.update(lead.id, { status: 'CONTACTED' }, { ifMatch: lead, onConflict: 'refetch' })
    t.equal(changed.status, 'CONTACTED')
  }
})

t.test('a record that changes each time is given up after five more tries, with one Idempotency-Key throughout', async (t) => {
  const server = await startScriptedServer(t, problem(412, 'precondition_failed', { etag: '"9"' }))
  const crm = createCrmClient({ baseUrl: server.url, userId: west })
  const call = crm.leads.update('a', { name: 'Leo' }, { ifMatch: { version: 8 }, onConflict: 'refetch' })
  await t.rejects(call, CrmPreconditionFailedError)
  t.same(
    server.requests.map(({ headers }) => headers['if-match']),
    ['"8"', ...Array.from({ length: 5 }, () => '"9"')],
  )
  t.equal(new Set(server.requests.map(({ headers }) => headers['idempotency-key'])).size, 1)
})

t.test('where a refusal does not tell the version, refetch asks for the record', async (t) => {
  const refusal = problem(412, 'precondition_failed')
  const server = await startScriptedServer(t, refusal, json(200, { version: 4 }), json(200, { version: 5 }))
  const crm = createCrmClient({ baseUrl: server.url, userId: west })
  t.same(await crm.leads.restore('a', { ifMatch: '"3"', onConflict: 'refetch' }), { version: 5 })
  t.same(
    server.requests.map(({ method, path, headers }) => [method, path, headers['if-match']]),
    [
      ['POST', '/v1/leads/a/restore', '"3"'],
      ['GET', '/v1/leads/a', undefined],
      ['POST', '/v1/leads/a/restore', '"4"'],
    ],
  )
})
