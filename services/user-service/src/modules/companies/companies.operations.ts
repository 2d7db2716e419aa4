import { problemResponses } from '@crm/service-kit/errors/problem-details.ts'
import {
  bodyProblems,
  ChangeHeaders,
  CreateHeaders,
  changeProblems,
  jsonResponse,
  readResponse,
  recordResponse,
  writeProblems,
} from '@crm/service-kit/http/operation-parts.ts'
import { ref } from '@crm/service-kit/http/schemas.ts'
import { newCompany, renamedCompany } from './companies.examples.ts'
import {
  Company,
  CompanyCreate,
  CompanyListQuery,
  CompanyPage,
  CompanyParams,
  CompanyResolution,
  CompanyResolve,
  CompanyUpdate,
} from './companies.schemas.ts'

const tags = ['companies']

export const listCompaniesOperation = {
  operationId: 'listCompanies',
  tags,
  summary: 'List companies',
  description: 'The companies the caller may see: their own, those above it and, for a PARENT_ADMIN, those below it.',
  querystring: CompanyListQuery,
  response: { 200: jsonResponse('One page of companies.', CompanyPage), ...problemResponses('invalid_cursor') },
}

export const getCompanyOperation = {
  operationId: 'getCompany',
  tags,
  summary: 'Get a company',
  description: 'Their own, one above it or, for a PARENT_ADMIN, one below it; any other is answered as if it were not there.',
  params: CompanyParams,
  response: { 200: readResponse('The company.', Company), ...problemResponses('not_found') },
}

export const resolveCompaniesOperation = {
  operationId: 'resolveCompanies',
  tags,
  summary: 'Find out which companies exist and are active',
  description: 'Changes nothing. Anyone may ask about any id; names are given only of companies the caller may see.',
  // So clients may send it again, as they may a GET.
  'x-safe': true,
  body: ref(CompanyResolve),
  response: {
    200: jsonResponse('What there is to know of each id.', CompanyResolution),
    ...problemResponses(...bodyProblems),
  },
}

export const createCompanyOperation = {
  operationId: 'createCompany',
  tags,
  summary: 'Create a company',
  description:
    'Below a company of the caller, who must be its PARENT_ADMIN or that of one above it. A SYSTEM_ADMIN creates anywhere, roots too.',
  headers: CreateHeaders,
  body: ref(CompanyCreate),
  response: {
    201: recordResponse('The new company.', Company, { location: true, example: newCompany }),
    ...problemResponses(...bodyProblems, ...writeProblems, 'not_found', 'company_not_found', 'company_inactive'),
  },
}

export const updateCompanyOperation = {
  operationId: 'updateCompany',
  tags,
  summary: 'Rename, activate or deactivate a company',
  description: 'A PARENT_ADMIN changes the companies below their own, not their own.',
  headers: ChangeHeaders,
  params: CompanyParams,
  body: ref(CompanyUpdate),
  response: {
    200: recordResponse('The company as it is now.', Company, { example: renamedCompany }),
    ...problemResponses(...bodyProblems, ...changeProblems, 'company_inactive'),
  },
}
