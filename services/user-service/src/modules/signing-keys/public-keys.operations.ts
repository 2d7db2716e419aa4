import { problemResponses } from '@crm/service-kit/errors/problem-details.ts'
import { jsonResponse } from '@crm/service-kit/http/operation-parts.ts'
import { PublicKeySet } from './public-keys.schemas.ts'

const cacheControl = {
  type: 'string',
  pattern: '^public, max-age=\\d+$',
  required: true,
  description: 'For how many seconds anybody may keep them.',
  examples: ['public, max-age=30'],
}

export const getPublicKeysOperation = {
  operationId: 'getPublicKeys',
  tags: ['auth'],
  summary: 'Get the keys that access tokens are checked with',
  description: 'A new key is published a minute before it signs; the one before it stays until its last token has ended.',
  security: [],
  response: { 200: { ...jsonResponse('The keys.', PublicKeySet), headers: { 'cache-control': cacheControl } }, ...problemResponses() },
}
