import type { OpenApiOptions } from '@crm/service-kit/http/openapi.ts'

/** What the document of user-service says of the service itself. */
export const apiDescription: OpenApiOptions = {
  title: 'user-service',
  description:
    'Companies, users, their sessions, and who may do what. Every call names its user in `x-user-id`, but for those that log in or out. ' +
    'The roles PARENT_ADMIN and CHILD_USER are elsewhere called COMPANY_ADMIN and USER.',
  tags: [
    { name: 'auth', description: 'Logging in and out, and the keys that access tokens are checked with.' },
    { name: 'sessions', description: 'Where the caller is logged in.' },
    { name: 'users', description: 'The caller, and the people a caller may see.' },
    { name: 'companies', description: 'A tree of companies; a parent is fixed at birth.' },
  ],
}
