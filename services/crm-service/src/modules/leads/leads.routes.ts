import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import { CompanyReference } from '@crm/service-kit/http/company-reference.ts'
import { etagOf } from '@crm/service-kit/http/etag.ts'
import { runWrite } from '@crm/service-kit/http/write-route.ts'
import { emptyResult, recordResult, type WriteResult } from '@crm/service-kit/idempotency/write-result.ts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CompanyDirectory } from '../companies/company-directory.ts'
import { requireNamedCompany } from '../companies/require-company.ts'
import { createLead } from './create-lead.ts'
import { deleteLead } from './delete-lead.ts'
import { eraseLead } from './erase-lead.ts'
import { getLead } from './get-lead.ts'
import { type LeadTarget, requireWritable, requireWritableLead } from './lead-access.ts'
import * as operations from './leads.operations.ts'
import { Lead, LeadCreate, LeadPage, LeadStatus, LeadUpdate } from './leads.schemas.ts'
import { listLeads } from './list-leads.ts'
import { restoreLead } from './restore-lead.ts'
import { updateLead } from './update-lead.ts'

export interface LeadRoutesOptions {
  db: Database
  companies: CompanyDirectory
  /** Called after each committed write: its events are in the outbox. */
  wakeRelay(): void
}

export const leadRoutes: FastifyPluginAsyncTypebox<LeadRoutesOptions> = async (app, options) => {
  const { db, companies } = options
  for (const schema of [LeadStatus, CompanyReference, Lead, LeadCreate, LeadUpdate, LeadPage]) app.addSchema(schema)

  app.get('/leads', { schema: operations.listLeadsOperation }, (request) =>
    request.asCaller((caller) => listLeads(db, companies, caller, request.query)),
  )

  app.get('/leads/:leadId', { schema: operations.getLeadOperation }, async (request, reply) => {
    const lead = await request.asCaller((caller) => getLead(db, companies, caller, { ...request.params, ...request.query }))
    reply.header('etag', etagOf(lead))
    return lead
  })

  app.post('/leads', { schema: operations.createLeadOperation }, (request, reply) =>
    runWrite({
      db,
      request,
      reply,
      authorize: (caller) => requireNamedCompany(companies, caller, request.body.companyId),
      work: async (on, caller) => {
        const lead = await createLead(on, caller, request.body)
        return recordResult(201, lead, { companyId: lead.companyId, location: `/v1/leads/${lead.id}` })
      },
      recheck: ({ companyId }, caller) => requireWritable(caller, companyId),
      afterCommit: options.wakeRelay,
    }),
  )

  app.patch('/leads/:leadId', { schema: operations.updateLeadOperation }, (request, reply) =>
    changeLead(options, request, reply, async (on, caller, target) => {
      const lead = await updateLead(on, caller, target, request.body)
      return recordResult(200, lead, { companyId: lead.companyId })
    }),
  )

  app.delete('/leads/:leadId', { schema: operations.deleteLeadOperation }, (request, reply) =>
    changeLead(options, request, reply, async (on, caller, target) => emptyResult(await deleteLead(on, caller, target))),
  )

  app.post('/leads/:leadId/restore', { schema: operations.restoreLeadOperation }, (request, reply) =>
    changeLead(options, request, reply, async (on, caller, target) => {
      const lead = await restoreLead(on, caller, target)
      return recordResult(200, lead, { companyId: lead.companyId })
    }),
  )

  app.post('/leads/:leadId/erase', { schema: operations.eraseLeadOperation }, (request, reply) =>
    changeLead(options, request, reply, async (on, caller, target) => emptyResult(await eraseLead(on, caller, target))),
  )
}

/** The frame of every change of one lead: the caller may write it, and its company is active. */
function changeLead<Body>(
  { db, companies, wakeRelay }: LeadRoutesOptions,
  request: FastifyRequest<{ Params: { leadId: string } }>,
  reply: FastifyReply,
  useCase: (on: Executor, caller: Caller, target: LeadTarget) => Promise<WriteResult<Body>>,
): Promise<Body | null> {
  const target = { leadId: request.params.leadId, ifMatch: request.headers['if-match'] }
  return runWrite({
    db,
    request,
    reply,
    authorize: (caller) => requireWritableLead(db, companies, caller, target.leadId),
    work: (on, caller) => useCase(on, caller, target),
    recheck: ({ companyId }, caller) => requireWritable(caller, companyId),
    afterCommit: wakeRelay,
  })
}
