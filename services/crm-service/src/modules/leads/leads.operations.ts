import type { ProblemCode } from '@crm/service-kit/errors/codes.ts'
import { problemResponses } from '@crm/service-kit/errors/problem-details.ts'
import {
  bodyProblems,
  ChangeHeaders,
  CreateHeaders,
  changeProblems,
  jsonResponse,
  noContent,
  readResponse,
  recordResponse,
  writeProblems,
} from '@crm/service-kit/http/operation-parts.ts'
import { ref } from '@crm/service-kit/http/schemas.ts'
import { contactedLead, newLead } from './leads.examples.ts'
import { Lead, LeadCreate, LeadGetQuery, LeadListQuery, LeadPage, LeadParams, LeadUpdate } from './leads.schemas.ts'

const tags = ['leads']

// Every operation asks user-service who calls.
const problems = (...codes: ProblemCode[]) => problemResponses('dependency_unavailable', ...codes)

export const listLeadsOperation = {
  operationId: 'listLeads',
  tags,
  summary: 'List leads',
  description: 'The live leads of the companies the caller may read, newest first unless asked otherwise.',
  querystring: LeadListQuery,
  response: {
    200: jsonResponse('A page of leads.', LeadPage),
    ...problems('invalid_cursor'),
  },
}

export const getLeadOperation = {
  operationId: 'getLead',
  tags,
  summary: 'Get a lead',
  description: 'A lead that was deleted, or that the caller may not read, is answered as if it were not there.',
  params: LeadParams,
  querystring: LeadGetQuery,
  response: { 200: readResponse('The lead.', Lead), ...problems('not_found') },
}

export const createLeadOperation = {
  operationId: 'createLead',
  tags,
  summary: 'Create a lead',
  description: 'The lead is NEW; the system qualifies it within moments and publishes `lead.created`, then `lead.qualified`.',
  headers: CreateHeaders,
  body: ref(LeadCreate),
  response: {
    201: recordResponse('The lead, still NEW.', Lead, { location: true, example: newLead }),
    ...problems(...bodyProblems, ...writeProblems, 'not_found', 'company_not_found', 'company_inactive', 'lead_already_exists'),
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
    200: recordResponse('The lead as it is now.', Lead, { example: contactedLead }),
    ...problems(...bodyProblems, ...changeProblems, 'company_inactive', 'invalid_status_transition'),
  },
}

export const deleteLeadOperation = {
  operationId: 'deleteLead',
  tags,
  summary: 'Delete a lead',
  description: 'The lead can be restored for 30 days.',
  params: LeadParams,
  headers: ChangeHeaders,
  response: { 204: noContent('The lead is deleted.'), ...problems(...changeProblems, 'company_inactive') },
}

export const restoreLeadOperation = {
  operationId: 'restoreLead',
  tags,
  summary: 'Restore a deleted lead',
  description: 'Within 30 days of its deletion, unless the company has another lead with its email by now. A live lead stays as it is.',
  params: LeadParams,
  headers: ChangeHeaders,
  response: {
    200: recordResponse('The lead, live again.', Lead),
    ...problems(...changeProblems, 'company_inactive', 'lead_already_exists'),
  },
}

export const eraseLeadOperation = {
  operationId: 'eraseLead',
  tags,
  summary: 'Erase a lead for good',
  description:
    'Removes the lead, deleted or not, and the remembered answers that show it. It cannot be restored. What was published of it leaves the event log with its age.',
  params: LeadParams,
  headers: ChangeHeaders,
  response: { 204: noContent('The lead is gone.'), ...problems(...changeProblems, 'company_inactive') },
}
