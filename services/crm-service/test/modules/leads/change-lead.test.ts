import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { purgeLeads } from '../../../src/modules/leads/purge-leads.ts'
import { untilSeen } from '../../logins.ts'
import { acme, acmeAdmin, acmeWest, globalAdmin, startSystem, unknownId, west } from '../../system.ts'

t.test('changing a lead', async (t) => {
  const system = await startSystem(t)
  let count = 0
  const create = async (companyId = acmeWest) => {
    const body = { name: 'Leonie', email: `lead${++count}@example.com`, companyId }
    const answer = await system.call('POST', '/v1/leads', { as: acmeAdmin, body })
    t.equal(answer.status, 201)
    return answer.body
  }
  const patch = (id: string, body: unknown, headers: Record<string, string> = {}, as = west) =>
    system.call('PATCH', `/v1/leads/${id}`, { as, body, headers })

  await t.test('people set CONTACTED and REJECTED from any status, and no other', async (t) => {
    const { id } = await create()
    for (const [index, status] of ['CONTACTED', 'REJECTED', 'CONTACTED'].entries()) {
      t.match(await patch(id, { status }), { status: 200, body: { status, version: index + 2 }, headers: { etag: `"${index + 2}"` } })
    }
    for (const status of ['NEW', 'QUALIFIED']) {
      t.match(await patch(id, { status }), { status: 422, body: { code: 'invalid_status_transition' } }, status)
    }
    const events = await system.eventsOf(id)
    t.strictSame(
      events.map(({ type, sequence }) => [type, sequence]),
      [
        ['lead.created', 1],
        ['lead.updated', 2],
        ['lead.updated', 3],
        ['lead.updated', 4],
      ],
    )
    t.same(events[2]?.payload.changes, { status: { from: 'CONTACTED', to: 'REJECTED' } })
    t.equal(events[2]?.payload.actorUserId, west)
  })

  await t.test('a change that changes nothing makes no version and no event', async (t) => {
    const { id } = await create()
    t.match(await patch(id, { name: ' Leonie ' }), { status: 200, body: { version: 1 } })
    t.equal((await system.eventsOf(id)).length, 1)
  })

  await t.test('refuses fields that never change, and nothing at all', async (t) => {
    const { id } = await create()
    for (const body of [{}, { companyId: acme }, { email: 'new@example.com' }, { name: null }, { status: 'DONE' }, [], null]) {
      t.match(await patch(id, body), { status: 400 }, JSON.stringify(body))
    }
  })

  await t.test('honours If-Match: 412 with the current ETag once the lead has moved on', async (t) => {
    const { id } = await create()
    t.equal((await patch(id, { name: 'Leo' }, { 'if-match': '"1"' })).status, 200)
    t.match(await patch(id, { name: 'Lea' }, { 'if-match': '"1"' }), {
      status: 412,
      body: { code: 'precondition_failed' },
      headers: { etag: '"2"' },
    })
    t.equal((await patch(id, { name: 'Lea' }, { 'if-match': '"1", "2"' })).status, 200)
    const del = (ifMatch: string) => system.call('DELETE', `/v1/leads/${id}`, { as: west, headers: { 'if-match': ifMatch } })
    t.equal((await del('"2"')).status, 412)
    t.equal((await del('"3"')).status, 204)
  })

  await t.test('an Idempotency-Key covers If-Match and replays even though the lead has moved on', async (t) => {
    const { id } = await create()
    const headers = { 'idempotency-key': 'change-1', 'if-match': '"1"' }
    const first = await patch(id, { name: 'Once' }, headers)
    t.equal(first.status, 200)
    t.match(await patch(id, { name: 'Once' }, headers), {
      status: 200,
      body: first.body,
      headers: { 'idempotent-replayed': 'true', etag: '"2"' },
    })
    t.match(await patch(id, { name: 'Once' }, { ...headers, 'if-match': '"2"' }), { status: 422, body: { code: 'idempotency_key_reused' } })
    const gone = { as: west, headers: { 'idempotency-key': 'delete-1' } }
    t.equal((await system.call('DELETE', `/v1/leads/${id}`, gone)).status, 204)
    t.match(await system.call('DELETE', `/v1/leads/${id}`, gone), { status: 204, headers: { 'idempotent-replayed': 'true' } })
  })

  await t.test('is as if the lead were not there for those who may not read it', async (t) => {
    const { id } = await create(acme)
    for (const [who, as] of [
      ['a CHILD_USER below', west],
      ['an admin of another tree', globalAdmin],
    ] as const) {
      for (const answer of [
        await system.call('GET', `/v1/leads/${id}`, { as }),
        await patch(id, { name: 'Mine' }, {}, as),
        await system.call('DELETE', `/v1/leads/${id}`, { as }),
        await system.call('POST', `/v1/leads/${id}/restore`, { as }),
        await system.call('POST', `/v1/leads/${id}/erase`, { as }),
      ]) {
        t.match(answer, { status: 404, body: { code: 'not_found' } }, who)
      }
    }
    t.match(await patch(unknownId, { name: 'Mine' }), { status: 404 })
    t.match(await system.call('GET', '/v1/leads/1', { as: west }), { status: 400, body: { errors: [{ pointer: '/path/leadId' }] } })
  })

  await t.test('an inactive company leaves its leads readable and not writable', async (t) => {
    const company = await system.createCompany('Closing', acme)
    const { id } = await create(company)
    await system.changeIdentity(`/v1/companies/${company}`, { isActive: false })
    t.equal((await system.call('GET', `/v1/leads/${id}`, { as: acmeAdmin })).status, 200)
    const rename = () => patch(id, { name: `${Date.now()}` }, {}, acmeAdmin)
    const refused = await untilSeen(rename, { isSeen: ({ status }) => status === 422, what: 'the company is inactive' })
    t.match(refused.body, { code: 'company_inactive' })
  })

  await t.test('100 changes, 25 of them at once, leave 100 versions and 100 events in order', async (t) => {
    const { id } = await create()
    for (let made = 0; made < 100; made += 25) {
      const answers = await Promise.all(Array.from({ length: 25 }, (_, index) => patch(id, { name: `Name ${made + index}` })))
      t.strictSame(
        answers.map(({ status }) => status),
        Array(25).fill(200),
      )
    }
    const sequences = (await system.eventsOf(id)).map(({ sequence }) => sequence)
    t.strictSame(
      sequences,
      Array.from({ length: 101 }, (_, index) => index + 1),
    )
  })
})

t.test('deleting, restoring and erasing a lead', async (t) => {
  const system = await startSystem(t)
  const body = { name: 'Leonie', email: 'leonie@example.com', companyId: acmeWest }
  const create = (headers: Record<string, string> = {}) => system.call('POST', '/v1/leads', { as: west, body, headers })
  const act = (method: 'POST' | 'DELETE', path: string) => system.call(method, `/v1/leads/${path}`, { as: west })

  await t.test('a deleted lead is gone from reads and in nobody’s way; restoring brings it back unless its email is taken', async (t) => {
    const { id } = (await create()).body
    t.equal((await act('DELETE', id)).status, 204)
    t.equal((await act('DELETE', id)).status, 404)
    t.equal((await system.call('GET', `/v1/leads/${id}`, { as: west })).status, 404)
    t.same((await system.call<{ data: unknown[] }>('GET', '/v1/leads', { as: west })).body.data, [])
    t.equal((await system.call('PATCH', `/v1/leads/${id}`, { as: west, body: { name: 'X' } })).status, 404)

    const second = (await create()).body
    t.match(await act('POST', `${id}/restore`), { status: 409, body: { code: 'lead_already_exists', existingId: second.id } })
    t.equal((await act('DELETE', second.id)).status, 204)
    t.match(await act('POST', `${id}/restore`), { status: 200, body: { id, status: 'NEW', version: 3 }, headers: { etag: '"3"' } })
    t.match(await act('POST', `${id}/restore`), { status: 200, body: { version: 3 } }, 'a live lead is answered as it is')
    t.strictSame(
      (await system.eventsOf(id)).map(({ type }) => type),
      ['lead.created', 'lead.deleted', 'lead.restored'],
    )
    t.equal((await act('DELETE', id)).status, 204)
  })

  await t.test('two restores that race for an email bring back one', async (t) => {
    const first = (await create()).body
    await act('DELETE', first.id)
    const second = (await create()).body
    await act('DELETE', second.id)
    const answers = await Promise.all([act('POST', `${first.id}/restore`), act('POST', `${second.id}/restore`)])
    t.strictSame(answers.map(({ status }) => status).sort(), [200, 409])
    for (const id of [first.id, second.id]) await act('DELETE', id)
  })

  await t.test('an erased lead leaves no trace of the person in crm_db once its events were sent, and cannot come back', async (t) => {
    const headers = { 'idempotency-key': 'erase-me' }
    const { id } = (await create(headers)).body
    await until(async () => (await system.sql`select from outbox where record_id = ${id} and published_at is null`).length === 0, {
      timeoutMs: 10_000,
      what: 'the events of the lead are sent',
    })
    t.equal((await act('POST', `${id}/erase`)).status, 204)
    t.equal((await act('POST', `${id}/restore`)).status, 404)
    t.match(await create(headers), { status: 404 }, 'the remembered answer is forgotten')
    const rows = await system.sql`
      select id::text from leads where id = ${id}
      union all select id from idempotency_keys where body::text like '%leonie%'
      union all select event_id::text from outbox where record_id = ${id} and payload::text ilike '%leonie%'`
    t.equal(rows.length, 0)
    const erased = (await system.eventsOf(id)).at(-1)
    t.match(erased, { type: 'lead.erased', sequence: 2, payload: { leadId: id, companyId: acmeWest } })
    t.notMatch(JSON.stringify(erased), /leonie/i)
  })

  await t.test('deleted leads are purged after 30 days, live ones never', async (t) => {
    const live = (await create()).body
    await system.sql`
      insert into leads (id, company_id, name, email, status, version, created_at, updated_at, deleted_at)
      select gen_random_uuid(), ${acmeWest}, 'Old', 'old' || day || '@example.com', 'NEW', 1, now(), now(), now() - day * interval '23 hours'
      from generate_series(30, 34) day`
    t.equal(await purgeLeads(system.db), 3, 'those of 32, 33 and 34 times 23 hours')
    t.equal(await purgeLeads(system.db), 0)
    t.equal((await system.call('GET', `/v1/leads/${live.id}`, { as: west })).status, 200)
  })
})
