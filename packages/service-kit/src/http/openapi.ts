import type { JsonObject } from '@crm/openapi/json.ts'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { publishedDocument, requestIdSentence } from './openapi-document.ts'
import { apiVersion } from './openapi-version.ts'

export interface OpenApiOptions {
  title: string
  description: string
  tags: { name: string; description: string }[]
}

/** The document of a service that is ready. Throws before it is. */
export function documentOf(app: FastifyInstance): JsonObject {
  return JSON.parse(JSON.stringify(app.swagger()))
}

/** Generates the service's OpenAPI 3.1 document and serves it at /openapi.json and, as Swagger UI, at /docs. Register before the routes. */
export const openApi = fp<OpenApiOptions>(
  async (app, { title, description, tags }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title,
          description: `${description} ${requestIdSentence}`,
          version: apiVersion,
          license: { name: 'MIT', identifier: 'MIT' },
        },
        // Relative: the document describes the service it was read from, whatever its address.
        servers: [{ url: '/' }],
        tags,
        // Both with AUTH_MODE=token; x-user-id alone is believed with AUTH_MODE=header.
        security: [{ accessToken: [], userId: [] }, { userId: [] }],
        components: {
          securitySchemes: {
            accessToken: {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description: 'The access token of a login, of the user whom `x-user-id` names; left out where AUTH_MODE=header.',
            },
            userId: {
              type: 'apiKey',
              in: 'header',
              name: 'x-user-id',
              description: 'The id of the user on whose behalf the call is made.',
            },
          },
        },
      },
      transformObject: (made) => ('openapiObject' in made ? publishedDocument(made.openapiObject) : made.swaggerObject),
      refResolver: { buildLocalReference: (schema, _base, _fragment, index) => (schema.$id as string | undefined) ?? `schema-${index}` },
    })
    await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { persistAuthorization: true, displayRequestDuration: true } })
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  },
  { name: 'open-api' },
)
