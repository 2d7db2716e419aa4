import type { JsonObject } from '@crm/openapi/json.ts'
import { apiVersion } from '@crm/service-kit/http/openapi-version.ts'
import { AllInOneConfig } from '../../services/all-in-one/src/config.ts'
import { mergeDocuments } from './merge-documents.ts'

const { CRM_SERVICE_URL, USER_SERVICE_URL } = AllInOneConfig.properties

const info = {
  title: 'CRM',
  description:
    'The public API of the CRM: companies, users and leads. Every call names its user in `x-user-id`. ' +
    'The roles PARENT_ADMIN and CHILD_USER are elsewhere called COMPANY_ADMIN and USER. ' +
    'What never becomes a request of an operation is answered by a problem as well: 400 `malformed_request`, 408 `request_timeout`, 431 `headers_too_large`.',
  version: apiVersion,
  license: { name: 'MIT', identifier: 'MIT' },
}

/** The public API: the documents of the services in one. */
export async function gatewayDocument(): Promise<JsonObject> {
  const users = await import('../../services/user-service/src/openapi.ts')
  const crm = await import('../../services/crm-service/src/openapi.ts')
  const services = [
    { name: 'user-service', document: await users.openApiDocument(), server: serverOf('user-service', USER_SERVICE_URL) },
    { name: 'crm-service', document: await crm.openApiDocument(), server: serverOf('crm-service', CRM_SERVICE_URL) },
  ]
  return mergeDocuments(services, { info })
}

function serverOf(name: string, variable: { default?: unknown }) {
  return { url: String(variable.default), description: `${name}, as \`pnpm start\` runs it.` }
}
