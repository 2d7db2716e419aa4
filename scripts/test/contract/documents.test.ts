import { join } from 'node:path'
import { allContracts } from '@crm/events/contracts/all.ts'
import { operationsOf, responsesOf } from '@crm/openapi/operations.ts'
import t from 'tap'
import { readContract } from '../../contract/released.ts'
import { root } from '../../steps.ts'
import { type Changes, changed, partAt } from './changed.ts'
import { auditApi, auditEvents } from './document-gaps.ts'

const { api, events } = await readContract(join(root, 'openapi'))

t.test('every operation is named and described, has examples that its schemas take, and names every error it can give', async (t) => {
  t.strictSame(auditApi(api), [])
})

t.test('every event has an example of headers and payload that its schemas take', async (t) => {
  t.strictSame(auditEvents(events), [])
  t.strictSame(
    Object.keys(partAt(events, '/channels') ?? {}),
    allContracts.map(({ type }) => type),
  )
})

t.test('the public document says nothing of what the gateway drops: the header by which services know the caller', async (t) => {
  t.strictSame(
    JSON.stringify(api, null, 1)
      .split('\n')
      .filter((line) => /x-user-id/i.test(line)),
    [],
  )
})

t.test('every operation says how long its success may be kept, and what its request is called', async (t) => {
  const lacking = operationsOf(api).flatMap((operation) => {
    const successes = responsesOf(operation, api).filter(({ isSuccess }) => isSuccess)
    const names = successes.map(({ headers }) => headers.map(({ name }) => name))
    const isWhole = names.every((one) => one.includes('cache-control') && one.includes('x-request-id'))
    return isWhole ? [] : [operation.name]
  })
  t.strictSame(lacking, [])
  t.match(partAt(api, '/info/description'), /`x-request-id`/)
})

const leads = '/paths/~1v1~1leads/post'
const lead = '/paths/~1v1~1leads~1{leadId}'
const json = 'content/application~1json'
const problem = 'content/application~1problem+json'
const resolving = '/paths/~1v1~1companies~1resolve'
const withoutKey = (pointer: string): Changes => ({ [`${pointer}/parameters`]: [{ $ref: '#/components/parameters/leadId' }] })

t.test('what is missing from an operation is named', async (t) => {
  for (const [changes, gap] of [
    [{ [`${leads}/operationId`]: undefined }, 'POST /v1/leads: no operationId'],
    [{ [`${leads}/summary`]: undefined }, 'POST /v1/leads: no summary'],
    [{ [`${lead}/get/parameters/1/description`]: undefined }, 'GET /v1/leads/{leadId}: no description of leadId'],
    [{ [`${leads}/description`]: undefined }, 'POST /v1/leads: no description'],
    [{ [`${leads}/tags`]: ['others'] }, 'POST /v1/leads: no tag that the document describes'],
    [{ [`${lead}/get/responses/404`]: undefined }, 'GET /v1/leads/{leadId}: no code not_found'],
    [{ [`${leads}/requestBody/${json}/example`]: undefined }, '/v1/leads post requestBody: no example'],
    [{ [`${leads}/responses/201/${json}/example`]: undefined }, '/v1/leads post responses 201: no example'],
    [
      { [`${leads}/requestBody/${json}/example/email`]: 'nobody' },
      '/v1/leads post requestBody: its example: /email must match format "idn-email"',
    ],
    [
      { [`${leads}/responses/201/${json}/example/secret`]: 'x' },
      "/v1/leads post responses 201: its example: / must NOT have additional properties ('secret')",
    ],
    [{ '/components/schemas/Lead/properties/version/examples': [0] }, 'Lead.properties.version: its example: / must be >= 1'],
  ] satisfies [Changes, string][]) {
    t.strictSame(auditApi(changed(api, changes)), [gap], gap)
  }
})

t.test('an error that an operation can give and does not name is missed by its code', async (t) => {
  const codesOf = (pointer: string) => ({ [`${pointer}/x-problem-codes`]: undefined })
  for (const [changes, gap] of [
    [{ [`${leads}/responses/409/x-problem-codes`]: ['lead_already_exists'] }, 'POST /v1/leads: no code idempotency_in_progress'],
    [{ [`${leads}/responses/422`]: undefined }, 'POST /v1/leads: no code company_not_found'],
    [{ [`${lead}/delete/responses/412`]: undefined }, 'DELETE /v1/leads/{leadId}: no code precondition_failed'],
    [codesOf(`${leads}/responses/404`), 'POST /v1/leads response 404: no x-problem-codes'],
    [{ [`${leads}/responses/404/x-problem-codes/-`]: 'nowhere' }, 'POST /v1/leads response 404: nowhere is no code of the list'],
    [{ [`${leads}/responses/404/x-problem-codes/-`]: 'gone' }, 'POST /v1/leads response 404: no example of gone'],
    [
      { [`${leads}/responses/404/x-problem-codes/0`]: 'forbidden' },
      'POST /v1/leads response 404: an example of not_found, which it does not have',
    ],
    [
      { [`${leads}/responses/404/${problem}/examples/not_found/value/status`]: 410 },
      'POST /v1/leads response 404: its example is of status 410',
    ],
  ] satisfies [Changes, string][]) {
    const gaps = auditApi(changed(api, changes))
    t.ok(gaps.includes(gap), `${gap}: ${gaps.join('; ')}`)
  }
})

t.test('what writes takes an Idempotency-Key, unless there is a reason', async (t) => {
  const key = { in: 'header', name: 'Idempotency-Key', description: 'It.', schema: { type: 'string' } }
  for (const [changes, gap] of [
    [withoutKey(`${lead}/delete`), 'DELETE /v1/leads/{leadId}: no Idempotency-Key'],
    [withoutKey(`${lead}/patch`), 'PATCH /v1/leads/{leadId}: no Idempotency-Key'],
    [{ [`${leads}/parameters`]: [] }, 'POST /v1/leads: no Idempotency-Key'],
    [{ [`${leads}/x-safe`]: true }, 'POST /v1/leads: is x-safe, but not listed as one that changes nothing'],
    [{ [`${resolving}/post/parameters`]: [key] }, 'POST /v1/companies/resolve: takes Idempotency-Key, but is listed as one that does not'],
    [{ [resolving]: undefined }, 'POST /v1/companies/resolve: is listed here, but is no operation'],
  ] satisfies [Changes, string][]) {
    const parameters = {
      '/components/parameters': { leadId: { in: 'path', name: 'leadId', required: true, schema: { type: 'string', description: 'It.' } } },
    }
    const gaps = auditApi(changed(api, { ...parameters, ...changes }))
    t.ok(gaps.includes(gap), `${gap}: ${gaps.join('; ')}`)
  }
})

t.test('what is missing from an event is named', async (t) => {
  const message = '/components/messages/lead.created'
  for (const [changes, gap] of [
    [{ [`${message}/examples`]: [] }, 'lead.created: no example'],
    [{ [`${message}/summary`]: undefined }, 'lead.created: no summary'],
    [{ [`${message}/examples/0/payload/status`]: 'LOST' }, /^lead\.created, example 1: its example: \/status must/],
    [{ [`${message}/examples/0/headers/ce_id`]: undefined }, "lead.created, example 1: its example: / must have required property 'ce_id'"],
  ] satisfies [Changes, string | RegExp][]) {
    t.match(auditEvents(changed(events, changes))[0] ?? '', gap)
  }
})
