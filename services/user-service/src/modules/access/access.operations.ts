import { Access } from '@crm/service-kit/access/access.ts'
import { problemResponses } from '@crm/service-kit/errors/problem-details.ts'
import { jsonResponse } from '@crm/service-kit/http/operation-parts.ts'

export const getMyAccessOperation = {
  operationId: 'getMyAccess',
  tags: ['users'],
  summary: 'Get what decides the access of the caller',
  description:
    'Which companies surround the caller: the access rules of every service follow from it. 401 once the caller is inactive or their session has ended.',
  response: { 200: jsonResponse('The access.', Access), ...problemResponses() },
}
