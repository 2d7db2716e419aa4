import { asDocument, type JsonObject } from '@crm/openapi/json.ts'

const problem = {
  description: 'A problem.',
  'x-problem-codes': ['not_found', 'gone'],
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}
const ok = (schema: string) => ({
  description: 'Done.',
  headers: { etag: { required: true, schema: { type: 'string' } } },
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
})

// Every part is one of its own, also where it is written once.
function copyOf(document: JsonObject): JsonObject {
  return asDocument(JSON.parse(JSON.stringify(document)), 'the example')
}

/** A small API in which every kind of part occurs once: `Thing` is only answered, `ThingCreate` only sent, `Size` both. */
export function exampleApi(): JsonObject {
  return copyOf({
    openapi: '3.1.0',
    info: { title: 'things', version: '0.1.0' },
    security: [{ userId: [] }],
    paths: {
      '/things': {
        get: {
          operationId: 'listThings',
          tags: ['things'],
          parameters: [
            { in: 'query', name: 'limit', required: false, schema: { type: 'integer', maximum: 500, default: 50 } },
            { in: 'query', name: 'size', required: false, schema: { $ref: '#/components/schemas/Size' } },
          ],
          responses: { 200: ok('ThingPage'), 400: problem },
        },
        post: {
          operationId: 'createThing',
          tags: ['things'],
          security: [{ oauth: ['read', 'write'] }],
          requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/ThingCreate' } } } },
          responses: { 201: ok('Thing'), 409: problem },
        },
      },
      '/things/{thingId}': {
        parameters: [{ in: 'path', name: 'thingId', required: true, schema: { type: 'string', format: 'uuid' } }],
        get: { operationId: 'getThing', tags: ['things'], responses: { 200: ok('Thing'), 404: problem } },
        post: {
          operationId: 'touchThing',
          tags: ['things'],
          requestBody: { required: false, content: { 'application/json': { schema: { type: 'object' } } } },
          'x-safe': true,
          responses: { 204: { description: 'Touched.' } },
        },
      },
    },
    components: {
      securitySchemes: {
        userId: { type: 'apiKey', in: 'header', name: 'x-user-id' },
        bearer: { type: 'http', scheme: 'bearer' },
        oauth: { type: 'oauth2', flows: {} },
      },
      schemas: {
        Size: { type: 'string', enum: ['SMALL', 'LARGE'] },
        Problem: {
          type: 'object',
          required: ['code'],
          properties: { code: { type: 'string', enum: ['not_found', 'gone'], 'x-extensible': true } },
        },
        Thing: {
          type: 'object',
          required: ['id', 'name', 'size', 'parent', 'version'],
          properties: {
            id: { type: 'string', format: 'uuid' },
            name: { type: 'string', maxLength: 255 },
            size: { $ref: '#/components/schemas/Size' },
            parent: { anyOf: [{ $ref: '#/components/schemas/Thing' }, { type: 'null' }] },
            version: { type: 'integer' },
            note: { type: 'string' },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
        ThingCreate: {
          type: 'object',
          additionalProperties: false,
          required: ['name'],
          properties: {
            name: { type: 'string', minLength: 1, maxLength: 255 },
            size: { $ref: '#/components/schemas/Size' },
            weight: { type: 'number', minimum: 0 },
            note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
            options: { type: 'object', properties: { isUrgent: { type: 'boolean' } } },
            tags: { type: 'array', maxItems: 10, items: { type: 'string' } },
          },
        },
        ThingPage: {
          type: 'object',
          required: ['data'],
          properties: { data: { type: 'array', items: { $ref: '#/components/schemas/Thing' } } },
        },
      },
    },
  })
}

/** Two events of things, one a channel, of which one is sent by an operation. */
export function exampleEvents(): JsonObject {
  const channel = (type: string) => ({
    address: type,
    messages: { [type]: { $ref: `#/components/messages/${type}` } },
    bindings: { kafka: { topic: type, partitions: 6 } },
  })
  const message = (type: string, payload: string) => ({
    contentType: 'application/json',
    headers: { type: 'object', required: ['ce_id'], properties: { ce_id: { type: 'string', format: 'uuid' } } },
    payload: { $ref: `#/components/schemas/${payload}` },
    bindings: { kafka: { key: { type: 'string', format: 'uuid' } } },
    examples: [{ payload: { name: type } }],
  })
  return copyOf({
    asyncapi: '3.0.0',
    info: { title: 'events', version: '0.1.0' },
    channels: { 'thing.created': channel('thing.created'), 'thing.deleted': channel('thing.deleted') },
    servers: { development: { host: '127.0.0.1:9092', protocol: 'kafka' } },
    operations: {
      'publish.thing.created': {
        action: 'send',
        channel: { $ref: '#/channels/thing.created' },
        messages: [{ $ref: '#/channels/thing.created/messages/thing.created' }],
        security: [{ $ref: '#/components/securitySchemes/plain' }, { $ref: '#/components/securitySchemes/scram' }],
      },
    },
    components: {
      securitySchemes: { plain: { type: 'plain' }, scram: { type: 'scramSha256' } },
      messages: { 'thing.created': message('thing.created', 'ThingCreated'), 'thing.deleted': message('thing.deleted', 'ThingDeleted') },
      schemas: {
        ThingCreated: {
          type: 'object',
          required: ['thingId', 'name', 'size'],
          properties: {
            thingId: { type: 'string', format: 'uuid' },
            name: { type: 'string' },
            size: {
              anyOf: [
                { const: 'SMALL', type: 'string' },
                { const: 'LARGE', type: 'string' },
              ],
            },
            note: { type: 'string' },
          },
        },
        ThingDeleted: { type: 'object', required: ['thingId'], properties: { thingId: { type: 'string', format: 'uuid' } } },
      },
    },
  })
}
