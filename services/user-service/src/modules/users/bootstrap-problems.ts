import { Email } from '@crm/service-kit/http/schemas.ts'
import { buildValidator } from '@crm/service-kit/http/validation.ts'
import { Type } from '@sinclair/typebox'

interface BootstrapSettings {
  BOOTSTRAP_ADMIN_EMAIL?: string | undefined
  BOOTSTRAP_ADMIN_PASSWORD?: string | undefined
}

const input = Type.Object({ email: Email() })
const isLoginEmail = buildValidator({})({ schema: input, method: 'POST', url: '/', httpPart: 'body' })

/** The email in the form that logins bring it into; undefined for one that nobody could log in with. */
export function loginEmail(text: string): string | undefined {
  const body = { email: text }
  return isLoginEmail(body) === true ? body.email : undefined
}

/** A rule for loadConfig: the first administrator is named in full, as somebody who can log in. */
export function bootstrapProblems({ BOOTSTRAP_ADMIN_EMAIL: email, BOOTSTRAP_ADMIN_PASSWORD: password }: BootstrapSettings): string[] {
  const problems: string[] = []
  if ((email === undefined) !== (password === undefined)) {
    problems.push('BOOTSTRAP_ADMIN_EMAIL and BOOTSTRAP_ADMIN_PASSWORD go together: set both or neither')
  }
  if (email !== undefined && loginEmail(email) === undefined) problems.push('BOOTSTRAP_ADMIN_EMAIL must be an email address to log in with')
  if (password !== undefined && password.length > 200) problems.push('BOOTSTRAP_ADMIN_PASSWORD must have 200 characters or less')
  return problems
}
