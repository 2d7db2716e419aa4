import { Secret } from '@crm/service-kit/http/schemas.ts'
import { type Static, Type } from '@sinclair/typebox'

const example = { currentPassword: 'west123', newPassword: 'correct horse battery staple' }

/** A password to be set. */
export const NewPassword = (description: string) => Secret({ minLength: 10, maxLength: 200, description, examples: [example.newPassword] })

export const PasswordUpdate = Type.Object(
  {
    currentPassword: Secret({ minLength: 1, maxLength: 200, examples: [example.currentPassword] }),
    newPassword: NewPassword('Never shown again.'),
  },
  { $id: 'PasswordUpdate', additionalProperties: false, examples: [example] },
)
export type PasswordUpdate = Static<typeof PasswordUpdate>

export const PasswordResetInput = Type.Object(
  { newPassword: NewPassword('Never shown again. Tell it to the user, who should change it.') },
  { $id: 'PasswordResetInput', additionalProperties: false, examples: [{ newPassword: example.newPassword }] },
)
export type PasswordResetInput = Static<typeof PasswordResetInput>
