import type { JsonObject } from '@crm/openapi/json.ts'
import helmet from '@fastify/helmet'
import swagger, { type StaticDocumentSpec } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsync } from 'fastify'
import { dataHeaders } from '../security-headers/security-headers.ts'

export interface DocumentsOptions {
  /** The OpenAPI document of the public API. */
  document: JsonObject
}

/** The document at /openapi.json and, as Swagger UI, at /docs. It describes the gateway it is read from, whatever its address. */
export const documents: FastifyPluginAsync<DocumentsOptions> = async (app, { document }) => {
  const served = { ...document, servers: [{ url: '/' }] }
  // A page may do what data may not: helmet says what.
  app.addHook('onRequest', async (_request, reply) => {
    for (const name of Object.keys(dataHeaders)) reply.removeHeader(name)
  })
  await app.register(helmet, { contentSecurityPolicy: { directives: pageDirectives } })
  const specification = { document: served as object } as StaticDocumentSpec
  await app.register(swagger, { mode: 'static', specification })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { persistAuthorization: true, displayRequestDuration: true },
  })
  const text = JSON.stringify(served)
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => reply.type('application/json; charset=utf-8').send(text))
}

// Swagger UI sets styles in place and shows its images as data. No directive makes http into https: there may be no TLS.
const pageDirectives = {
  upgradeInsecureRequests: null,
}
