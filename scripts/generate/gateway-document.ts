import type { JsonObject } from '@crm/openapi/json.ts'
import { requestIdSentence } from '@crm/service-kit/http/openapi-document.ts'
import { apiVersion } from '@crm/service-kit/http/openapi-version.ts'
import { AllInOneConfig } from '../../services/all-in-one/src/config.ts'
import { withGatewayAnswers } from './gateway-answers.ts'
import { mergeDocuments } from './merge-documents.ts'

const { CRM_SERVICE_URL, GATEWAY_URL, USER_SERVICE_URL } = AllInOneConfig.properties

const info = {
  title: 'CRM',
  description:
    'The public API of the CRM: companies, users and leads. Every call shows an access token, which `POST /v1/auth/login` gives for 15 minutes and ' +
    '`POST /v1/auth/refresh` renews; the operations that give one, and the public keys, want none. ' +
    'The roles PARENT_ADMIN and CHILD_USER are elsewhere called COMPANY_ADMIN and USER. ' +
    `${requestIdSentence} ` +
    'Requests are counted by user and by address; the headers `RateLimit-*` say how many are left, and 429 that none are. ' +
    'What never becomes a request of an operation is answered by a problem as well: 400 `malformed_request`, 408 `request_timeout`, 431 `headers_too_large`.',
  version: apiVersion,
  license: { name: 'MIT', identifier: 'MIT' },
}

const security = {
  requirements: [{ accessToken: [] }],
  schemes: {
    accessToken: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'The `accessToken` that `POST /v1/auth/login` or `POST /v1/auth/refresh` has given.',
    },
  },
}

/** The public API: the documents of the services in one, as the gateway offers it. */
export async function gatewayDocument(): Promise<JsonObject> {
  const users = await import('../../services/user-service/src/openapi.ts')
  const crm = await import('../../services/crm-service/src/openapi.ts')
  const services = [
    { name: 'user-service', document: await users.openApiDocument(), server: serverOf('user-service', USER_SERVICE_URL) },
    { name: 'crm-service', document: await crm.openApiDocument(), server: serverOf('crm-service', CRM_SERVICE_URL) },
  ]
  const servers = [serverOf('The gateway', GATEWAY_URL)]
  return withGatewayAnswers(mergeDocuments(services, { info, servers, security }))
}

function serverOf(name: string, variable: { default?: unknown }) {
  return { url: String(variable.default), description: `${name}, as \`pnpm start\` runs it.` }
}
