import {
  CrmApiError,
  CrmAuthenticationError,
  CrmConflictError,
  CrmError,
  CrmIdempotencyError,
  CrmNotFoundError,
  CrmPermissionError,
  CrmPreconditionFailedError,
  CrmValidationError,
} from '@crm/sdk'
import { acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import t from 'tap'
import { clientOf, patient } from '../client.ts'
import { qualifiedLead } from './qualified-lead.ts'
import { acmeEast, globalAdmin, unknownId } from './sample-data.ts'

const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: acmeWest }

async function failureOf(call: Promise<unknown>): Promise<CrmError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof CrmError) return error
  throw new Error('no CrmError', { cause: error })
}

t.test('what the services refuse comes as an error of its kind, with the problem, its code and the request id', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const crm = clientOf(system, west, patient)
  const created = await qualifiedLead(crm, lead)
  await crm.leads.create({ ...lead, email: 'other@example.com' }, { idempotencyKey: 'first' })

  const invalid = await failureOf(crm.leads.create({ ...lead, email: 'nobody' }))
  t.ok(invalid instanceof CrmValidationError)
  t.match(invalid, { status: 400, code: 'validation_failed', errors: [{ pointer: '/body/email' }] })
  t.match(invalid.message, /^POST \/v1\/leads: 400 validation_failed\. .*\/body\/email .*\(request [0-9a-f-]{36}\)$/)

  const forbidden = await failureOf(crm.users.create({ email: 'new@example.com', role: 'PARENT_ADMIN', companyId: acmeWest }))
  t.ok(forbidden instanceof CrmPermissionError)
  t.match(forbidden, { status: 403, code: 'forbidden' })

  const hidden = await failureOf(clientOf(system, globalAdmin, patient).leads.get(created.id))
  t.ok(hidden instanceof CrmNotFoundError)
  t.match(hidden, { status: 404, code: 'not_found', problem: { instance: `/v1/leads/${created.id}` } })

  const duplicate = await failureOf(crm.leads.create(lead))
  t.ok(duplicate instanceof CrmConflictError)
  t.match(duplicate, { status: 409, code: 'lead_already_exists', existingId: created.id })

  const changed = await failureOf(crm.leads.update(created.id, { name: 'Other' }, { ifMatch: '"77"' }))
  t.ok(changed instanceof CrmPreconditionFailedError)
  t.match(changed, { status: 412, code: 'precondition_failed', etag: '"2"' })

  const outside = await failureOf(crm.leads.create({ ...lead, companyId: acmeEast }))
  t.ok(outside instanceof CrmValidationError)
  t.match(outside, { status: 422, code: 'company_not_found', errors: [] })

  const reused = await failureOf(crm.leads.create({ ...lead, name: 'Other' }, { idempotencyKey: 'first' }))
  t.ok(reused instanceof CrmIdempotencyError)
  t.match(reused, { status: 422, code: 'idempotency_key_reused' })

  const unknown = await failureOf(clientOf(system, unknownId, patient).users.me())
  t.ok(unknown instanceof CrmAuthenticationError)
  t.match(unknown, { status: 401, code: 'unauthenticated' })

  for (const error of [invalid, forbidden, hidden, duplicate, changed, outside, reused, unknown]) {
    t.ok(error instanceof CrmApiError && error.requestId !== undefined && error.requestId === error.problem?.requestId, error.name)
  }
})
