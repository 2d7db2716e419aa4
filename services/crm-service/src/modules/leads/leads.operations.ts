import { problemResponses } from '@crm/service-kit/errors/problem-details.ts'
import { ref } from '@crm/service-kit/http/schemas.ts'
import { ChangeHeaders, CreateHeaders, noContent, recordResponse } from '@crm/service-kit/http/write-route.ts'
import { Lead, LeadCreate, LeadGetQuery, LeadListQuery, LeadPage, LeadParams, LeadUpdate } from './leads.schemas.ts'

const tags = ['leads']
const bodyProblems = ['malformed_body', 'body_too_large', 'unsupported_media_type'] as const
const writeProblems = ['forbidden', 'company_inactive', 'idempotency_in_progress', 'idempotency_key_reused'] as const
const changeProblems = [...writeProblems, 'not_found', 'precondition_failed'] as const

export const listLeadsOperation = {
  operationId: 'listLeads',
  tags,
  summary: 'List leads',
  description: 'The live leads of the companies the caller may read, newest first unless asked otherwise.',
  querystring: LeadListQuery,
  response: {
    200: { description: 'A page of leads.', content: { 'application/json': { schema: ref(LeadPage) } } },
    ...problemResponses('invalid_cursor'),
  },
}

export const getLeadOperation = {
  operationId: 'getLead',
  tags,
  summary: 'Get a lead',
  params: LeadParams,
  querystring: LeadGetQuery,
  response: { 200: recordResponse('The lead.', Lead), ...problemResponses('not_found') },
}

export const createLeadOperation = {
  operationId: 'createLead',
  tags,
  summary: 'Create a lead',
  description: 'The lead is NEW; the system qualifies it within moments and publishes `lead.created`, then `lead.qualified`.',
  headers: CreateHeaders,
  body: ref(LeadCreate),
  response: {
    201: recordResponse('The lead, still NEW.', Lead, { location: true }),
    ...problemResponses(...bodyProblems, ...writeProblems, 'company_not_found', 'lead_already_exists'),
  },
}

export const updateLeadOperation = {
  operationId: 'updateLead',
  tags,
  summary: 'Change a lead',
  description: 'Sets the name, or the status to CONTACTED or REJECTED, from any status.',
  params: LeadParams,
  headers: ChangeHeaders,
  body: ref(LeadUpdate),
  response: {
    200: recordResponse('The lead as it is now.', Lead),
    ...problemResponses(...bodyProblems, ...changeProblems, 'invalid_status_transition'),
  },
}

export const deleteLeadOperation = {
  operationId: 'deleteLead',
  tags,
  summary: 'Delete a lead',
  description: 'The lead can be restored for 30 days.',
  params: LeadParams,
  headers: ChangeHeaders,
  response: { 204: noContent('The lead is deleted.'), ...problemResponses(...changeProblems) },
}

export const restoreLeadOperation = {
  operationId: 'restoreLead',
  tags,
  summary: 'Restore a deleted lead',
  params: LeadParams,
  headers: ChangeHeaders,
  response: { 200: recordResponse('The lead, live again.', Lead), ...problemResponses(...changeProblems, 'lead_already_exists') },
}

export const eraseLeadOperation = {
  operationId: 'eraseLead',
  tags,
  summary: 'Erase a lead for good',
  description: 'Removes the lead, deleted or not, and what is remembered of it. It cannot be restored.',
  params: LeadParams,
  headers: ChangeHeaders,
  response: { 204: noContent('The lead is gone.'), ...problemResponses(...changeProblems) },
}
