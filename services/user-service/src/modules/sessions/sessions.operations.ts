import { problemResponses } from '@crm/service-kit/errors/problem-details.ts'
import { bodyProblems, CreateHeaders, jsonResponse, noContent, writeProblems } from '@crm/service-kit/http/operation-parts.ts'
import { SessionListQuery, SessionPage, SessionParams } from './sessions.schemas.ts'

const tags = ['sessions']

export const listSessionsOperation = {
  operationId: 'listSessions',
  tags,
  summary: "List the caller's sessions",
  description: 'Those that live, the newest first unless asked otherwise.',
  querystring: SessionListQuery,
  response: { 200: jsonResponse('One page of sessions.', SessionPage), ...problemResponses('invalid_cursor') },
}

export const endSessionOperation = {
  operationId: 'endSession',
  tags,
  summary: "End one of the caller's sessions",
  description: 'Its access tokens are refused within two seconds, everywhere.',
  headers: CreateHeaders,
  params: SessionParams,
  response: {
    204: noContent('The session has ended.'),
    ...problemResponses(...bodyProblems, ...writeProblems, 'not_found'),
  },
}
