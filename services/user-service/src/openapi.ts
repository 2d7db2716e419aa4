import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { documentOf, openApi } from '@crm/service-kit/http/openapi.ts'
import { createHttpServer } from '@crm/service-kit/http/server.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { Registry } from 'prom-client'
import { userApi } from './api.ts'
import { apiDescription } from './api-description.ts'
import { createIdentity } from './identity.ts'

// Nothing is asked, so nothing is signed.
const config = { SIGNING_KEY_SECRET: '', JWT_ISSUER: 'openapi', JWT_AUDIENCE: 'openapi' }

/** The OpenAPI document of user-service, made without a database: nothing is asked of this one, which connects at first use. */
export async function openApiDocument() {
  const db = connectDatabase({ url: 'postgres://127.0.0.1:1/none', applicationName: 'openapi' })
  const app = createHttpServer({ logger: createLogger({ name: 'user-service', level: 'silent' }) })
  await app.register(openApi, apiDescription)
  const { verify, ...identity } = await createIdentity(app, { config, db, registry: new Registry() })
  await app.register(userApi, { ...identity, db, callers: { mode: 'token', verify }, wakeRelay: () => {} })
  await app.ready()
  const document = documentOf(app)
  await Promise.all([app.close(), db.close()])
  return document
}
