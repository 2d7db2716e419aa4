// Made by `pnpm generate` from openapi/gateway.json. Do not edit.

import type { Transport } from '../transport.ts'
import type { CrmClient } from './resources.ts'

export function createResources({ send, list }: Transport): CrmClient {
  return {
    auth: {
      publicKeys: (options) =>
        send({ id: 'getPublicKeys', method: 'GET', path: '/.well-known/jwks.json', service: 'user', answer: 'json', isPublic: true }, {}, options),
      login: (body, options) =>
        send({ id: 'login', method: 'POST', path: '/v1/auth/login', service: 'user', answer: 'json', isIdempotent: true, isPublic: true }, { body }, options),
      refresh: (body, options) =>
        send({ id: 'refresh', method: 'POST', path: '/v1/auth/refresh', service: 'user', answer: 'json', isIdempotent: true, isPublic: true }, { body }, options),
      logout: (body, options) =>
        send({ id: 'logout', method: 'POST', path: '/v1/auth/logout', service: 'user', answer: 'none', isIdempotent: true, isPublic: true }, { body }, options),
    },
    users: {
      myAccess: (options) =>
        send({ id: 'getMyAccess', method: 'GET', path: '/v1/users/me/access', service: 'user', answer: 'json' }, {}, options),
      me: (options) =>
        send({ id: 'getMe', method: 'GET', path: '/v1/users/me', service: 'user', answer: 'json' }, {}, options),
      list: (query, options) =>
        list({ id: 'listUsers', method: 'GET', path: '/v1/users', service: 'user', answer: 'json' }, { query }, options),
      create: (body, options) =>
        send({ id: 'createUser', method: 'POST', path: '/v1/users', service: 'user', answer: 'json', takesIdempotencyKey: true }, { body }, options),
      get: (userId, options) =>
        send({ id: 'getUser', method: 'GET', path: '/v1/users/{userId}', service: 'user', answer: 'json' }, { path: { userId } }, options),
      update: (userId, body, options) =>
        send({ id: 'updateUser', method: 'PATCH', path: '/v1/users/{userId}', service: 'user', answer: 'json', takesIdempotencyKey: true, recordPath: '/v1/users/{userId}' }, { path: { userId }, body }, options),
      changePassword: (body, options) =>
        send({ id: 'changePassword', method: 'PUT', path: '/v1/users/me/password', service: 'user', answer: 'none', isIdempotent: false }, { body }, options),
      setPassword: (userId, body, options) =>
        send({ id: 'setUserPassword', method: 'PUT', path: '/v1/users/{userId}/password', service: 'user', answer: 'none', isIdempotent: false }, { path: { userId }, body }, options),
    },
    companies: {
      list: (query, options) =>
        list({ id: 'listCompanies', method: 'GET', path: '/v1/companies', service: 'user', answer: 'json' }, { query }, options),
      create: (body, options) =>
        send({ id: 'createCompany', method: 'POST', path: '/v1/companies', service: 'user', answer: 'json', takesIdempotencyKey: true }, { body }, options),
      get: (companyId, options) =>
        send({ id: 'getCompany', method: 'GET', path: '/v1/companies/{companyId}', service: 'user', answer: 'json' }, { path: { companyId } }, options),
      update: (companyId, body, options) =>
        send({ id: 'updateCompany', method: 'PATCH', path: '/v1/companies/{companyId}', service: 'user', answer: 'json', takesIdempotencyKey: true, recordPath: '/v1/companies/{companyId}' }, { path: { companyId }, body }, options),
      resolve: (body, options) =>
        send({ id: 'resolveCompanies', method: 'POST', path: '/v1/companies/resolve', service: 'user', answer: 'json', isSafe: true }, { body }, options),
    },
    sessions: {
      list: (query, options) =>
        list({ id: 'listSessions', method: 'GET', path: '/v1/users/me/sessions', service: 'user', answer: 'json' }, { query }, options),
      end: (sessionId, options) =>
        send({ id: 'endSession', method: 'DELETE', path: '/v1/users/me/sessions/{sessionId}', service: 'user', answer: 'none', takesIdempotencyKey: true }, { path: { sessionId } }, options),
    },
    leads: {
      list: (query, options) =>
        list({ id: 'listLeads', method: 'GET', path: '/v1/leads', service: 'crm', answer: 'json' }, { query }, options),
      create: (body, options) =>
        send({ id: 'createLead', method: 'POST', path: '/v1/leads', service: 'crm', answer: 'json', takesIdempotencyKey: true }, { body }, options),
      get: (leadId, options) =>
        send({ id: 'getLead', method: 'GET', path: '/v1/leads/{leadId}', service: 'crm', answer: 'json' }, { path: { leadId }, query: options?.query }, options),
      update: (leadId, body, options) =>
        send({ id: 'updateLead', method: 'PATCH', path: '/v1/leads/{leadId}', service: 'crm', answer: 'json', takesIdempotencyKey: true, recordPath: '/v1/leads/{leadId}' }, { path: { leadId }, body }, options),
      delete: (leadId, options) =>
        send({ id: 'deleteLead', method: 'DELETE', path: '/v1/leads/{leadId}', service: 'crm', answer: 'none', takesIdempotencyKey: true, recordPath: '/v1/leads/{leadId}' }, { path: { leadId } }, options),
      restore: (leadId, options) =>
        send({ id: 'restoreLead', method: 'POST', path: '/v1/leads/{leadId}/restore', service: 'crm', answer: 'json', takesIdempotencyKey: true, recordPath: '/v1/leads/{leadId}' }, { path: { leadId } }, options),
      erase: (leadId, options) =>
        send({ id: 'eraseLead', method: 'POST', path: '/v1/leads/{leadId}/erase', service: 'crm', answer: 'none', takesIdempotencyKey: true, recordPath: '/v1/leads/{leadId}' }, { path: { leadId } }, options),
    },
  }
}
