import type { JsonObject } from '@crm/openapi/json.ts'

const named = { 'x-request-id': { $ref: '#/components/headers/RequestId' } }
const thing = {
  headers: {
    ...named,
    etag: { required: true, schema: { type: 'string', pattern: '^"' } },
    age: { schema: { type: 'integer' } },
  },
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
}
const notFound = {
  headers: named,
  'x-problem-codes': ['not_found'],
  content: {
    'application/problem+json': { schema: { type: 'object', properties: { code: { type: 'string' }, status: { type: 'integer' } } } },
  },
}

/** A small API of things. */
export function exampleApi(): JsonObject {
  return structuredClone({
    paths: {
      '/v1/things/{thingId}': {
        servers: [],
        get: { operationId: 'getThing', responses: { 200: thing, 404: notFound } },
        delete: { operationId: 'deleteThing', responses: { 204: { headers: named } } },
      },
      '/v1/things/me': { get: { operationId: 'getMyThing', responses: { 200: thing } } },
    },
    components: {
      headers: { RequestId: { required: true } },
      schemas: {
        Thing: {
          type: 'object',
          required: ['id', 'name', 'size', 'parent'],
          properties: {
            id: { type: 'string', format: 'uuid' },
            name: { type: 'string' },
            size: { type: 'string', enum: ['SMALL', 'LARGE'] },
            parent: { anyOf: [{ $ref: '#/components/schemas/Thing' }, { type: 'null' }] },
            note: { type: 'string' },
            bornAt: { type: 'string', format: 'date-time' },
          },
        },
      },
    },
  })
}
