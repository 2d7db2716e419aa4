import t from 'tap'
import { untilSeen } from '../../logins.ts'
import { acme, acmeAdmin, acmeEast, acmeWest, admin, globalAdmin, globalTech, startSystem, unknownId, west } from '../../system.ts'

const path = '/v1/leads'
const lead = (more: object = {}) => ({ name: 'Leonie Köhler', email: 'leonie@example.com', companyId: acmeWest, ...more })

t.test('creating a lead', async (t) => {
  const system = await startSystem(t)
  const closed = await system.createCompany('Closed', acme)
  await system.changeIdentity(`/v1/companies/${closed}`, { isActive: false })
  const post = (as: string | undefined, body: unknown, headers: Record<string, string> = {}) =>
    system.call('POST', path, { as, body, headers })

  await t.test('answers 201 with the NEW lead, its address and its ETag, and writes lead.created in the same breath', async (t) => {
    const { status, body, headers } = await post(west, lead({ email: ' Leonie@Example.COM ', name: ' Leonie Ko\u0308hler ' }), {
      'x-request-id': 'request-1',
    })
    t.equal(status, 201)
    t.match(body, { name: 'Leonie Köhler', email: 'leonie@example.com', status: 'NEW', companyId: acmeWest, version: 1 })
    t.match(headers, { etag: '"1"', location: `/v1/leads/${body.id}`, 'cache-control': 'private, no-store', 'x-request-id': 'request-1' })
    const events = await system.eventsOf(body.id)
    t.equal(events.length, 1)
    t.match(events[0], {
      type: 'lead.created',
      sequence: 1,
      requestId: 'request-1',
      payload: { leadId: body.id, companyId: acmeWest, actorUserId: west, email: 'leonie@example.com', status: 'NEW' },
    })
  })

  await t.test('refuses a second live lead with the email in any case, naming the first', async (t) => {
    const first = await post(west, lead({ email: 'twice@example.com' }))
    const second = await post(west, lead({ email: 'TWICE@example.com' }))
    t.match(second, { status: 409, body: { code: 'lead_already_exists', existingId: first.body.id } })
    t.equal((await post(acmeAdmin, lead({ email: 'twice@example.com', companyId: acmeEast }))).status, 201, 'another company may')
  })

  await t.test('makes one lead of 20 that race for an email', async (t) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(west, lead({ email: 'race@example.com' }))))
    const created = answers.filter(({ status }) => status === 201)
    t.equal(created.length, 1)
    const refused = answers.filter(({ status }) => status === 409)
    t.equal(refused.length, 19)
    t.ok(refused.every(({ body }) => body.existingId === created[0]?.body.id))
  })

  await t.test('decides by the company that the body names', async (t) => {
    const cases: [string, string, string, number, string?][] = [
      ['a CHILD_USER in the own company', west, acmeWest, 201],
      ['a CHILD_USER in the company above', west, acme, 403, 'forbidden'],
      ['a CHILD_USER in a sibling', west, acmeEast, 422, 'company_not_found'],
      ['a CHILD_USER in another tree', west, globalTech, 422, 'company_not_found'],
      ['a PARENT_ADMIN in the own company', acmeAdmin, acme, 201],
      ['a PARENT_ADMIN below', acmeAdmin, acmeEast, 201],
      ['a PARENT_ADMIN in another tree', globalAdmin, acme, 422, 'company_not_found'],
      ['a PARENT_ADMIN in an inactive company below', acmeAdmin, closed, 422, 'company_inactive'],
      ['a SYSTEM_ADMIN anywhere', admin, globalTech, 201],
      ['a SYSTEM_ADMIN in an inactive company', admin, closed, 422, 'company_inactive'],
      ['a SYSTEM_ADMIN in a company that is not there', admin, unknownId, 422, 'company_not_found'],
    ]
    for (const [index, [who, as, companyId, status, code]] of cases.entries()) {
      const answer = await post(as, lead({ email: `case${index}@example.com`, companyId }))
      t.match(answer, { status, body: code === undefined ? {} : { code } }, `${who}: ${status} ${code ?? ''}`)
    }
  })

  await t.test('knows the caller before anything else: 401 without a known x-user-id, whatever the body', async (t) => {
    const inactive = await system.createUser('CHILD_USER', acmeWest)
    await system.changeIdentity(`/v1/users/${inactive}`, { isActive: false })
    for (const as of [undefined, '', 'admin', `${west}x`, `${west}, ${west}`, unknownId, inactive]) {
      t.match(await post(as, { nonsense: true }), { status: 401, body: { code: 'unauthenticated' } }, `x-user-id: ${as}`)
    }
  })

  await t.test('refuses what the schema does not know, with a pointer to each fault', async (t) => {
    const cases: [string, unknown, string[]][] = [
      ['nothing', {}, ['/body/name', '/body/email', '/body/companyId']],
      ['an unknown field', lead({ status: 'CONTACTED' }), ['/body/status']],
      ['a name of spaces', lead({ name: '   ' }), ['/body/name']],
      ['a name of 256', lead({ name: 'x'.repeat(256) }), ['/body/name']],
      ['a name that is a number', lead({ name: 5 }), ['/body/name']],
      ['a name that is null', lead({ name: null }), ['/body/name']],
      ['a NUL', lead({ name: 'a\0b' }), ['/body/name']],
      ['a lone surrogate', lead({ name: 'a\ud800' }), ['/body/name']],
      ['no email', lead({ email: 'leonie' }), ['/body/email']],
      ['a company that is no id', lead({ companyId: 'acme' }), ['/body/companyId']],
    ]
    for (const [what, body, pointers] of cases) {
      const answer = await post(west, body)
      t.match(answer, { status: 400, body: { code: 'validation_failed' } }, what)
      t.strictSame(
        answer.body.errors?.map(({ pointer }) => pointer),
        pointers,
        `${what}: ${pointers}`,
      )
    }
    t.match(await system.call('POST', `${path}?dryRun=1`, { as: west, body: lead() }), { status: 400 }, 'an unknown query parameter')
  })

  await t.test('refuses a body that is too large, of another type, or no JSON', async (t) => {
    t.match(await post(west, lead({ name: 'x'.repeat(70_000) })), { status: 413, body: { code: 'body_too_large' } })
    const raw = (contentType: string, body: string) =>
      system.call('POST', path, { as: west, body, headers: { 'content-type': contentType } })
    t.match(await raw('text/plain', 'name=x'), { status: 415, body: { code: 'unsupported_media_type' } })
    t.match(await raw('application/x-www-form-urlencoded', 'name=x'), { status: 415, body: { code: 'unsupported_media_type' } })
    t.match(await raw('application/json', '{"name":'), { status: 400, body: { code: 'malformed_body' } })
  })

  await t.test('with an Idempotency-Key has one effect, and the first answer again', async (t) => {
    const headers = { 'idempotency-key': 'key-1' }
    const first = await post(west, lead({ email: 'once@example.com' }), headers)
    const again = await post(west, lead({ email: 'once@example.com' }), headers)
    t.equal(first.headers['idempotent-replayed'], undefined)
    t.match(again, {
      status: 201,
      body: first.body,
      headers: { 'idempotent-replayed': 'true', etag: '"1"', location: first.headers.location },
    })
    t.equal((await system.eventsOf(first.body.id)).length, 1)
    t.match(await post(west, lead({ email: 'other@example.com' }), headers), { status: 422, body: { code: 'idempotency_key_reused' } })
    t.equal((await post(acmeAdmin, lead({ email: 'admins@example.com' }), headers)).status, 201, 'another user has keys of their own')
  })

  await t.test('does not replay to a caller who may no longer see the lead', async (t) => {
    const mover = await system.createUser('CHILD_USER', acmeWest)
    const headers = { 'idempotency-key': 'key-2' }
    t.equal((await post(mover, lead({ email: 'moved@example.com' }), headers)).status, 201)
    await system.changeIdentity(`/v1/users/${mover}`, { companyId: acmeEast })
    const again = () => post(mover, lead({ email: 'moved@example.com' }), headers)
    const refused = await untilSeen(again, { isSeen: ({ status }) => status === 422, what: 'the mover is elsewhere' })
    t.match(refused.body, { code: 'company_not_found' })
  })

  await t.test('believes a company that was created a moment ago: a refusal never rests on a remembered answer', async (t) => {
    await post(acmeAdmin, lead({ email: 'warm@example.com' }))
    const young = await system.createCompany('Young', acme)
    t.equal((await post(acmeAdmin, lead({ email: 'young@example.com', companyId: young }))).status, 201)
  })
})
