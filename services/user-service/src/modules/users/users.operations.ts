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
import { newUser, renamedUser } from './users.examples.ts'
import { User, UserCreate, UserListQuery, UserPage, UserParams, UserUpdate } from './users.schemas.ts'

const tags = ['users']

export const getMeOperation = {
  operationId: 'getMe',
  tags,
  summary: 'Get the caller',
  description: 'The user who calls, with their name, role and company.',
  response: { 200: readResponse('The user who calls.', User), ...problemResponses() },
}

export const listUsersOperation = {
  operationId: 'listUsers',
  tags,
  summary: 'List users',
  description:
    'A PARENT_ADMIN sees the users of their company and of those below it, a CHILD_USER themselves. Names sort by first, then last name.',
  querystring: UserListQuery,
  response: { 200: jsonResponse('One page of users.', UserPage), ...problemResponses('invalid_cursor') },
}

export const getUserOperation = {
  operationId: 'getUser',
  tags,
  summary: 'Get a user',
  description: 'A user whom the caller may not see is answered as if they were not there.',
  params: UserParams,
  response: { 200: readResponse('The user.', User), ...problemResponses('not_found') },
}

export const createUserOperation = {
  operationId: 'createUser',
  tags,
  summary: 'Create a user',
  description: 'Nobody grants a role above their own. A SYSTEM_ADMIN has no company, everyone else has one.',
  headers: CreateHeaders,
  body: ref(UserCreate),
  response: {
    201: recordResponse('The new user.', User, { location: true, example: newUser }),
    ...problemResponses(...bodyProblems, ...writeProblems, 'not_found', 'email_already_exists', 'company_not_found', 'company_inactive'),
  },
}

export const updateUserOperation = {
  operationId: 'updateUser',
  tags,
  summary: 'Change a user',
  description: 'A CHILD_USER changes their own first and last name only. Nobody changes their own role, company or activity.',
  headers: ChangeHeaders,
  params: UserParams,
  body: ref(UserUpdate),
  response: {
    200: recordResponse('The user as they are now.', User, { example: renamedUser }),
    ...problemResponses(...bodyProblems, ...changeProblems, 'email_already_exists', 'company_not_found', 'company_inactive'),
  },
}
