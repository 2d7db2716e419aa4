import { createTokenVerifier } from '@crm/service-kit/auth/access-token.ts'
import { remotePublicKeys } from '@crm/service-kit/auth/public-keys.ts'
import { remoteAccess } from '@crm/service-kit/auth/remote-access.ts'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { documentOf, openApi } from '@crm/service-kit/http/openapi.ts'
import { createHttpServer } from '@crm/service-kit/http/server.ts'
import { createServiceClient } from '@crm/service-kit/http-client/service-client.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { crmApi } from './api.ts'
import { apiDescription } from './api-description.ts'
import { createCompanyDirectory } from './modules/companies/company-directory.ts'

// Nothing is asked of either: both connect at first use.
const nowhere = '127.0.0.1:1'

/** The OpenAPI document of crm-service, made without a database or another service. */
export async function openApiDocument() {
  const logger = createLogger({ name: 'crm-service', level: 'silent' })
  const db = connectDatabase({ url: `postgres://${nowhere}/none`, applicationName: 'openapi' })
  const userService = createServiceClient({ name: 'user-service', baseUrl: `http://${nowhere}`, logger })
  const app = createHttpServer({ logger })
  await app.register(openApi, apiDescription)
  const verify = await createTokenVerifier(app, { issuer: 'crm', audience: 'crm-api', keys: remotePublicKeys(userService) })
  await app.register(crmApi, {
    prefix: '/v1',
    db,
    callers: { accessSource: remoteAccess(userService), mode: 'token', verify },
    companies: createCompanyDirectory(userService),
    wakeRelay: () => {},
  })
  await app.ready()
  const document = documentOf(app)
  await Promise.all([app.close(), userService.close(), db.close()])
  return document
}
