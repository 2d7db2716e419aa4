import t from 'tap'
import { describeChange } from '../../contract/compatibility/change.ts'
import { openApiChanges } from '../../contract/compatibility/openapi-changes.ts'
import { type Draft, exampleApi } from './example-documents.ts'

interface Case {
  name: string
  change: (api: Draft) => void
  /** The lines that name it. */
  lines?: string[]
}

const things = (api: Draft) => api.paths['/things']
const schemas = (api: Draft) => api.components.schemas
const sent = (api: Draft) => schemas(api).ThingCreate
const answered = (api: Draft) => schemas(api).Thing

const breaking: Case[] = [
  {
    name: 'an operation is removed',
    change: (api) => delete api.paths['/things/{thingId}'].get,
    lines: ['GET /things/{thingId}: was removed ("getThing")'],
  },
  {
    name: 'a path is removed',
    change: (api) => delete api.paths['/things'],
    lines: ['GET /things: was removed ("listThings")', 'POST /things: was removed ("createThing")'],
  },
  {
    name: 'an operation gets another id: clients are made from it',
    change: (api) => (things(api).get.operationId = 'findThings'),
    lines: ['GET /things: operationId is now "findThings" (was "listThings")'],
  },
  {
    name: 'an operation gets another tag',
    change: (api) => (things(api).get.tags = ['objects']),
    lines: ['GET /things: tags is now ["objects"] (was ["things"])'],
  },
  {
    name: 'a parameter is removed',
    change: (api) => things(api).get.parameters.shift(),
    lines: ['GET /things query limit: is no longer taken'],
  },
  {
    name: 'a required parameter is added',
    change: (api) => things(api).get.parameters.push({ in: 'query', name: 'q', required: true, schema: { type: 'string' } }),
    lines: ['GET /things query q: is required now'],
  },
  {
    name: 'a parameter becomes required',
    change: (api) => (things(api).get.parameters[0].required = true),
    lines: ['GET /things query limit: is required now'],
  },
  {
    name: 'a bound of a parameter is tightened',
    change: (api) => (things(api).get.parameters[0].schema.maximum = 100),
    lines: ['GET /things query limit: maximum is now 100 (was 500)'],
  },
  {
    name: 'a parameter that the operations of a path share is tightened',
    change: (api) => (api.paths['/things/{thingId}'].parameters[0].schema.maxLength = 20),
    lines: [
      'GET /things/{thingId} path thingId: maxLength is now 20 (was none)',
      'POST /things/{thingId} path thingId: maxLength is now 20 (was none)',
    ],
  },
  {
    name: 'what a parameter means when it is left out changes',
    change: (api) => (things(api).get.parameters[0].schema.default = 20),
    lines: ['GET /things query limit: default is now 20 (was 50)'],
  },
  {
    name: 'a request field becomes required',
    change: (api) => sent(api).required.push('weight'),
    lines: ['request ThingCreate.weight: is required now'],
  },
  {
    name: 'a required request field is added',
    change: (api) => {
      sent(api).properties.colour = { type: 'string' }
      sent(api).required.push('colour')
    },
    lines: ['request ThingCreate.colour: is required now'],
  },
  {
    name: 'a request field is removed',
    change: (api) => delete sent(api).properties.weight,
    lines: ['request ThingCreate.weight: is no longer taken'],
  },
  {
    name: 'the type of a request field is narrowed',
    change: (api) => (sent(api).properties.weight.type = 'integer'),
    lines: ['request ThingCreate.weight: no longer takes number (takes integer)'],
  },
  {
    name: 'a request field may no longer be null',
    change: (api) => (sent(api).properties.note = { type: 'string' }),
    lines: ['request ThingCreate.note: no longer takes null (takes string)'],
  },
  {
    name: 'the lengths of a request field are tightened',
    change: (api) => Object.assign(sent(api).properties.name, { minLength: 3, maxLength: 100 }),
    lines: ['request ThingCreate.name: minLength is now 3 (was 1)', 'request ThingCreate.name: maxLength is now 100 (was 255)'],
  },
  {
    name: 'a request field gets a pattern',
    change: (api) => (sent(api).properties.name.pattern = '^[a-z]+$'),
    lines: ['request ThingCreate.name: pattern is now "^[a-z]+$" (was none)'],
  },
  {
    name: 'an array of the request may hold fewer, of another type',
    change: (api) => Object.assign(sent(api).properties.tags, { maxItems: 5, items: { type: 'integer' } }),
    lines: ['request ThingCreate.tags: maxItems is now 5 (was 10)', 'request ThingCreate.tags[]: no longer takes string (takes integer)'],
  },
  {
    name: 'an open object of the request is closed',
    change: (api) => (sent(api).properties.options.additionalProperties = false),
    lines: ['request ThingCreate.options: no longer takes fields it does not name'],
  },
  {
    name: 'a body becomes required',
    change: (api) => (api.paths['/things/{thingId}'].post.requestBody.required = true),
    lines: ['POST /things/{thingId} body: is required now'],
  },
  {
    name: 'a content type of a request is removed',
    change: (api) => (things(api).post.requestBody.content = { 'text/csv': { schema: {} } }),
    lines: ['POST /things body: no longer takes application/json'],
  },
  {
    name: 'a value is removed from a list that is sent and answered: only the request breaks',
    change: (api) => schemas(api).Size.enum.pop(),
    lines: ['request Size: no longer takes "LARGE"'],
  },
  {
    name: 'a value is added to a list that is sent and answered: only the response breaks',
    change: (api) => schemas(api).Size.enum.push('HUGE'),
    lines: ['response Size: may now be "HUGE"'],
  },
  {
    name: 'a list of values is given up in a response',
    change: (api) => delete schemas(api).Size.enum,
    lines: ['response Size: may now be other than "SMALL", "LARGE"'],
  },
  {
    name: 'a response field is removed',
    change: (api) => delete answered(api).properties.note,
    lines: ['response Thing.note: was removed'],
  },
  {
    name: 'a response field becomes optional',
    change: (api) => answered(api).required.pop(),
    lines: ['response Thing.version: may now be missing'],
  },
  {
    name: 'a response field may now be null',
    change: (api) => (answered(api).properties.name = { anyOf: [{ type: 'string' }, { type: 'null' }] }),
    lines: ['response Thing.name: may now be null (was string)'],
  },
  {
    name: 'one of a list of words may now be null',
    change: (api) => (answered(api).properties.size = { type: ['string', 'null'], enum: ['SMALL', 'LARGE', null] }),
    lines: ['response Thing.size: may now be null (was string)'],
  },
  {
    name: 'the type of a response field is widened',
    change: (api) => (answered(api).properties.version.type = 'number'),
    lines: ['response Thing.version: may now be number (was integer)'],
  },
  {
    name: 'the format of a response field is given up',
    change: (api) => delete answered(api).properties.id.format,
    lines: ['response Thing.id: format is now none (was "uuid")'],
  },
  {
    name: 'the values of a map in a response are of another type',
    change: (api) => (answered(api).properties.labels.additionalProperties.type = 'boolean'),
    lines: ['response Thing.labels.*: may now be boolean (was string)'],
  },
  {
    name: 'a map in a response is closed',
    change: (api) => (answered(api).properties.labels.additionalProperties = false),
    lines: ['response Thing.labels: no longer has fields it does not name'],
  },
  {
    name: 'a response status is removed',
    change: (api) => delete things(api).post.responses[409],
    lines: ['POST /things response 409: was removed'],
  },
  {
    name: 'an operation may now succeed in another way',
    change: (api) => (things(api).post.responses[202] = { description: 'Later.' }),
    lines: ['POST /things response 202: is new, and says that all went well'],
  },
  {
    name: 'a content type of a response is removed',
    change: (api) => (things(api).post.responses[409].content = {}),
    lines: ['POST /things response 409: is no longer given as application/problem+json'],
  },
  {
    name: 'a response header is removed, another becomes optional',
    change: (api) => {
      delete things(api).get.responses[200].headers.etag
      things(api).post.responses[201].headers.etag.required = false
    },
    lines: ['GET /things response 200 header etag: was removed', 'POST /things response 201 header etag: may now be missing'],
  },
  {
    name: 'an operation asks for more',
    change: (api) => (things(api).get.security = [{ userId: [], bearer: [] }]),
    lines: ['GET /things: asks for more: security is now [{"userId":[],"bearer":[]}] (was [{"userId":[]}])'],
  },
  {
    name: 'an operation asks for a scope more',
    change: (api) => things(api).post.security[0].oauth.push('admin'),
    lines: ['POST /things: asks for more: security is now [{"oauth":["read","write","admin"]}] (was [{"oauth":["read","write"]}])'],
  },
  {
    name: 'a security scheme becomes another',
    change: (api) => (api.components.securitySchemes.userId.name = 'x-caller'),
    lines: ['security scheme userId: is another one now'],
  },
  {
    name: 'a keyword changes whose meaning is not known here',
    change: (api) => (sent(api).not = { required: ['weight'] }),
    lines: ['request ThingCreate: not changed, and what that means to others cannot be judged here'],
  },
]

const compatible: Case[] = [
  { name: 'nothing changes', change: () => {} },
  { name: 'an operation is added', change: (api) => (things(api).delete = { operationId: 'deleteThings', responses: {} }) },
  { name: 'a path is added', change: (api) => (api.paths['/others'] = { get: { operationId: 'listOthers', responses: {} } }) },
  {
    name: 'an optional parameter is added',
    change: (api) => things(api).get.parameters.push({ in: 'query', name: 'q', required: false, schema: { type: 'string' } }),
  },
  { name: 'a bound of a parameter is loosened', change: (api) => (things(api).get.parameters[0].schema.maximum = 1000) },
  { name: 'an optional request field is added', change: (api) => (sent(api).properties.colour = { type: 'string' }) },
  { name: 'a required request field becomes optional', change: (api) => sent(api).required.pop() },
  { name: 'the type of a request field is widened', change: (api) => (sent(api).properties.weight = { type: ['number', 'string'] }) },
  {
    name: 'a request field may now be null, written another way',
    change: (api) => (sent(api).properties.name = { anyOf: [sent(api).properties.name, { type: 'null' }] }),
  },
  {
    name: 'the lengths of a request field are loosened',
    change: (api) => Object.assign(sent(api).properties.name, { minLength: 0, maxLength: 500 }),
  },
  { name: 'a closed object of the request is opened', change: (api) => delete sent(api).additionalProperties },
  { name: 'a body becomes optional', change: (api) => (things(api).post.requestBody.required = false) },
  { name: 'a content type of a request is added', change: (api) => (things(api).post.requestBody.content['text/csv'] = {}) },
  { name: 'a response field is added', change: (api) => (answered(api).properties.colour = { type: 'string' }) },
  { name: 'an optional response field is always there', change: (api) => answered(api).required.push('note') },
  { name: 'the type of a response field is narrowed', change: (api) => (answered(api).properties.parent = { type: 'null' }) },
  { name: 'a length of a response field is loosened', change: (api) => (answered(api).properties.name.maxLength = 500) },
  { name: 'an error response is added', change: (api) => (things(api).get.responses[429] = things(api).get.responses[400]) },
  { name: 'a response header is added', change: (api) => (things(api).get.responses[200].headers.link = { schema: { type: 'string' } }) },
  { name: 'a value is added to a list that says it grows', change: (api) => schemas(api).Problem.properties.code.enum.push('forbidden') },
  {
    name: 'an operation takes another way in beside the one it has',
    change: (api) => (things(api).get.security = [{ userId: [] }, { bearer: [] }]),
  },
  { name: 'an operation asks for a scope less', change: (api) => things(api).post.security[0].oauth.pop() },
  {
    name: 'texts and examples change',
    change: (api) => {
      Object.assign(answered(api), { title: 'A thing', description: 'Other words.', examples: [{}] })
      Object.assign(things(api).get, { summary: 'Other words', description: 'More words.' })
    },
  },
  {
    name: 'a schema moves into a component of its own, or gets another name',
    change: (api) => {
      const { Thing, ...others } = schemas(api)
      const text = JSON.stringify({ ...api, components: { ...api.components, schemas: { ...others, Item: Thing } } })
      Object.assign(api, JSON.parse(text.replaceAll('schemas/Thing"', 'schemas/Item"')))
      schemas(api).Weight = sent(api).properties.weight
      sent(api).properties.weight = { $ref: '#/components/schemas/Weight' }
    },
  },
]

function changesOf({ change }: Case): string[] {
  const changed = exampleApi()
  change(changed)
  return openApiChanges(exampleApi(), changed).map(describeChange)
}

t.test('every kind of breaking change is named by its line, and nothing else is', async (t) => {
  for (const one of breaking) t.strictSame(changesOf(one), one.lines, one.name)
})

t.test('no compatible change is flagged', async (t) => {
  for (const one of compatible) t.strictSame(changesOf(one), [], one.name)
})
