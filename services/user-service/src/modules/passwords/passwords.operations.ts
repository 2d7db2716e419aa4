import { problemResponses } from '@crm/service-kit/errors/problem-details.ts'
import { bodyProblems } from '@crm/service-kit/http/operation-parts.ts'
import { ref } from '@crm/service-kit/http/schemas.ts'
import { UserParams } from '../users/users.schemas.ts'
import { PasswordResetInput, PasswordUpdate } from './passwords.schemas.ts'

const tags = ['users']

export const changePasswordOperation = {
  operationId: 'changePassword',
  tags,
  summary: "Change the caller's password",
  description:
    'Ends all other sessions of the caller. A wrong current password is 401 `invalid_credentials`; many of them are slowed as logins are.',
  // A second one would show the password that the first has replaced.
  'x-idempotent': false,
  body: ref(PasswordUpdate),
  response: {
    204: { description: 'The password is changed.', type: 'null' },
    ...problemResponses(...bodyProblems, 'invalid_credentials', 'rate_limited'),
  },
}

export const setUserPasswordOperation = {
  operationId: 'setUserPassword',
  tags,
  summary: "Reset a user's password",
  description: 'By an administrator whom the user is in the scope of. Ends all sessions of the user. Nobody resets their own.',
  // A second one would end the sessions that the user has begun by the new password.
  'x-idempotent': false,
  params: UserParams,
  body: ref(PasswordResetInput),
  response: {
    204: { description: 'The password is reset.', type: 'null' },
    ...problemResponses(...bodyProblems, 'forbidden', 'not_found', 'company_inactive'),
  },
}
