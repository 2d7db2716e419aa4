// Made by `pnpm generate` from openapi/gateway.json. Do not edit.

import type { Transport } from '../transport.ts'
import type { CrmClient } from './resources.ts'

export function createResources({ send, list }: Transport): CrmClient {
  return {
    auth: {
      publicKeys: (options) =>
        send({ method: 'GET', path: '/.well-known/jwks.json', service: 'user', open: true }, {}, options),
      login: (body, options) =>
        send({ method: 'POST', path: '/v1/auth/login', service: 'user', open: true }, { body }, options),
      refresh: (body, options) =>
        send({ method: 'POST', path: '/v1/auth/refresh', service: 'user', open: true }, { body }, options),
      logout: (body, options) =>
        send({ method: 'POST', path: '/v1/auth/logout', service: 'user', open: true }, { body }, options),
    },
    users: {
      myAccess: (options) =>
        send({ method: 'GET', path: '/v1/users/me/access', service: 'user' }, {}, options),
      me: (options) =>
        send({ method: 'GET', path: '/v1/users/me', service: 'user' }, {}, options),
      list: (query, options) =>
        list({ method: 'GET', path: '/v1/users', service: 'user' }, { query }, options),
      create: (body, options) =>
        send({ method: 'POST', path: '/v1/users', service: 'user', keyed: true }, { body }, options),
      get: (userId, options) =>
        send({ method: 'GET', path: '/v1/users/{userId}', service: 'user' }, { path: { userId } }, options),
      update: (userId, body, options) =>
        send({ method: 'PATCH', path: '/v1/users/{userId}', service: 'user', keyed: true }, { path: { userId }, body }, options),
      changePassword: (body, options) =>
        send({ method: 'PUT', path: '/v1/users/me/password', service: 'user' }, { body }, options),
      setPassword: (userId, body, options) =>
        send({ method: 'PUT', path: '/v1/users/{userId}/password', service: 'user' }, { path: { userId }, body }, options),
    },
    companies: {
      list: (query, options) =>
        list({ method: 'GET', path: '/v1/companies', service: 'user' }, { query }, options),
      create: (body, options) =>
        send({ method: 'POST', path: '/v1/companies', service: 'user', keyed: true }, { body }, options),
      get: (companyId, options) =>
        send({ method: 'GET', path: '/v1/companies/{companyId}', service: 'user' }, { path: { companyId } }, options),
      update: (companyId, body, options) =>
        send({ method: 'PATCH', path: '/v1/companies/{companyId}', service: 'user', keyed: true }, { path: { companyId }, body }, options),
      resolve: (body, options) =>
        send({ method: 'POST', path: '/v1/companies/resolve', service: 'user' }, { body }, options),
    },
    sessions: {
      list: (query, options) =>
        list({ method: 'GET', path: '/v1/users/me/sessions', service: 'user' }, { query }, options),
      end: (sessionId, options) =>
        send({ method: 'DELETE', path: '/v1/users/me/sessions/{sessionId}', service: 'user', keyed: true }, { path: { sessionId } }, options),
    },
    leads: {
      list: (query, options) =>
        list({ method: 'GET', path: '/v1/leads', service: 'crm' }, { query }, options),
      create: (body, options) =>
        send({ method: 'POST', path: '/v1/leads', service: 'crm', keyed: true }, { body }, options),
      get: (leadId, options) =>
        send({ method: 'GET', path: '/v1/leads/{leadId}', service: 'crm' }, { path: { leadId }, query: options?.query }, options),
      update: (leadId, body, options) =>
        send({ method: 'PATCH', path: '/v1/leads/{leadId}', service: 'crm', keyed: true }, { path: { leadId }, body }, options),
      delete: (leadId, options) =>
        send({ method: 'DELETE', path: '/v1/leads/{leadId}', service: 'crm', keyed: true }, { path: { leadId } }, options),
      restore: (leadId, options) =>
        send({ method: 'POST', path: '/v1/leads/{leadId}/restore', service: 'crm', keyed: true, record: '/v1/leads/{leadId}' }, { path: { leadId } }, options),
      erase: (leadId, options) =>
        send({ method: 'POST', path: '/v1/leads/{leadId}/erase', service: 'crm', keyed: true, record: '/v1/leads/{leadId}' }, { path: { leadId } }, options),
    },
  }
}
