import type { Database } from '@crm/service-kit/database/database.ts'
import { CompanyReference } from '@crm/service-kit/http/company-reference.ts'
import { etagOf } from '@crm/service-kit/http/etag.ts'
import { runWrite } from '@crm/service-kit/http/write-route.ts'
import { recordResult } from '@crm/service-kit/idempotency/write-result.ts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { actorOf } from '../access/actor.ts'
import * as operations from './companies.operations.ts'
import {
  Company,
  CompanyCreate,
  CompanyPage,
  CompanyResolution,
  CompanyResolve,
  CompanyUpdate,
  ResolvedCompany,
} from './companies.schemas.ts'
import { requireCreatedBelow, requireWritableCompany } from './company-access.ts'
import { createCompany } from './create-company.ts'
import { getCompany } from './get-company.ts'
import { listCompanies } from './list-companies.ts'
import { resolveCompanies } from './resolve-companies.ts'
import { updateCompany } from './update-company.ts'

export interface CompanyRoutesOptions {
  db: Database
  /** Called after each committed write: its events are in the outbox. */
  wakeRelay(): void
}

export const companyRoutes: FastifyPluginAsyncTypebox<CompanyRoutesOptions> = async (app, options) => {
  const schemas = [CompanyReference, Company, CompanyCreate, CompanyUpdate, CompanyPage, CompanyResolve, ResolvedCompany, CompanyResolution]
  for (const schema of schemas) app.addSchema(schema)
  await app.register(reading, options)
  await app.register(writing, options)
}

const reading: FastifyPluginAsyncTypebox<CompanyRoutesOptions> = async (app, { db }) => {
  app.get('/companies', { schema: operations.listCompaniesOperation }, (request) =>
    request.asCaller(({ access }) => listCompanies(db, access, request.query)),
  )

  app.get('/companies/:companyId', { schema: operations.getCompanyOperation }, async (request, reply) => {
    const company = await request.asCaller(({ access }) => getCompany(db, access, request.params.companyId))
    reply.header('etag', etagOf(company))
    return company
  })

  app.post('/companies/resolve', { schema: operations.resolveCompaniesOperation }, async (request) => ({
    data: await request.asCaller(({ access }) => resolveCompanies(db, access, request.body)),
  }))
}

const writing: FastifyPluginAsyncTypebox<CompanyRoutesOptions> = async (app, { db, wakeRelay: afterCommit }) => {
  app.post('/companies', { schema: operations.createCompanyOperation }, (request, reply) =>
    runWrite({
      db,
      request,
      reply,
      afterCommit,
      work: async (on, caller) => {
        const company = await createCompany(on, actorOf(caller), request.body)
        return recordResult(201, company, { companyId: company.parentId, location: `/v1/companies/${company.id}` })
      },
      recheck: ({ companyId }, { access }) => requireCreatedBelow(access, companyId),
    }),
  )

  app.patch('/companies/:companyId', { schema: operations.updateCompanyOperation }, (request, reply) =>
    runWrite({
      db,
      request,
      reply,
      afterCommit,
      work: async (on, caller) => {
        const target = { companyId: request.params.companyId, ifMatch: request.headers['if-match'] }
        const company = await updateCompany(on, actorOf(caller), target, request.body)
        return recordResult(200, company, { companyId: company.id })
      },
      recheck: ({ recordId }, { access }) => requireWritableCompany(access, recordId),
    }),
  )
}
