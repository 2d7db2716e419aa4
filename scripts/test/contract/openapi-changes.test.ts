import { asDocument, type Json, type JsonObject } from '@crm/openapi/json.ts'
import t from 'tap'
import { describeChange } from '../../contract/compatibility/change.ts'
import { openApiChanges } from '../../contract/compatibility/openapi-changes.ts'
import { sdkChanges } from '../../contract/compatibility/sdk-changes.ts'
import { type Changes, changed, partAt } from './changed.ts'
import { compatible } from './compatible-changes.ts'
import { exampleApi } from './example-documents.ts'

interface Case {
  name: string
  change: Changes
}

const things = '/paths/~1things'
const thing = '/paths/~1things~1{thingId}'
const limit = `${things}/get/parameters/0`
const schemas = '/components/schemas'
const sent = `${schemas}/ThingCreate`
const answered = `${schemas}/Thing`
const word = { type: 'string' }

const breaking: (Case & { lines: string[] })[] = [
  {
    name: 'an operation is removed',
    change: { [`${thing}/get`]: undefined },
    lines: ['GET /things/{thingId}: was removed ("getThing")'],
  },
  {
    name: 'a path is removed',
    change: { [things]: undefined },
    lines: ['GET /things: was removed ("listThings")', 'POST /things: was removed ("createThing")'],
  },
  {
    name: 'an operation gets another id: clients are made from it',
    change: { [`${things}/get/operationId`]: 'findThings' },
    lines: ['GET /things: operationId is now "findThings" (was "listThings")'],
  },
  {
    name: 'an operation gets another tag',
    change: { [`${things}/get/tags`]: ['objects'] },
    lines: ['GET /things: tag is now "objects" (was "things")'],
  },
  { name: 'a parameter is removed', change: { [limit]: undefined }, lines: ['GET /things query limit: is no longer taken'] },
  {
    name: 'a required parameter is added',
    change: { [`${things}/get/parameters/-`]: { in: 'query', name: 'q', required: true, schema: word } },
    lines: ['GET /things query q: is required now'],
  },
  { name: 'a parameter becomes required', change: { [`${limit}/required`]: true }, lines: ['GET /things query limit: is required now'] },
  {
    name: 'a bound of a parameter is tightened',
    change: { [`${limit}/schema/maximum`]: 100 },
    lines: ['GET /things query limit: maximum is now 100 (was 500)'],
  },
  {
    name: 'a parameter that the operations of a path share is tightened',
    change: { [`${thing}/parameters/0/schema/maxLength`]: 20 },
    lines: [
      'GET /things/{thingId} path thingId: maxLength is now 20 (was none)',
      'POST /things/{thingId} path thingId: maxLength is now 20 (was none)',
    ],
  },
  {
    name: 'what a parameter means when it is left out changes',
    change: { [`${limit}/schema/default`]: 20 },
    lines: ['GET /things query limit: default is now 20 (was 50)'],
  },
  {
    name: 'what a parameter means when it is left out is said no longer',
    change: { [`${limit}/schema/default`]: undefined },
    lines: ['GET /things query limit: default is now none (was 50)'],
  },
  {
    name: 'a request field becomes required',
    change: { [`${sent}/required/-`]: 'weight' },
    lines: ['request ThingCreate.weight: is required now'],
  },
  {
    name: 'a required request field is added',
    change: { [`${sent}/properties/colour`]: word, [`${sent}/required/-`]: 'colour' },
    lines: ['request ThingCreate.colour: is required now'],
  },
  {
    name: 'a request field is removed',
    change: { [`${sent}/properties/weight`]: undefined },
    lines: ['request ThingCreate.weight: is no longer taken'],
  },
  {
    name: 'the type of a request field is narrowed',
    change: { [`${sent}/properties/weight/type`]: 'integer' },
    lines: ['request ThingCreate.weight: no longer takes number (takes integer)'],
  },
  {
    name: 'a request field may no longer be null',
    change: { [`${sent}/properties/note`]: word },
    lines: ['request ThingCreate.note: no longer takes null (takes string)'],
  },
  {
    name: 'the lengths of a request field are tightened',
    change: { [`${sent}/properties/name/minLength`]: 3, [`${sent}/properties/name/maxLength`]: 100 },
    lines: ['request ThingCreate.name: minLength is now 3 (was 1)', 'request ThingCreate.name: maxLength is now 100 (was 255)'],
  },
  {
    name: 'a request field gets a pattern',
    change: { [`${sent}/properties/name/pattern`]: '^[a-z]+$' },
    lines: ['request ThingCreate.name: pattern is now "^[a-z]+$" (was none)'],
  },
  {
    name: 'an array of the request may hold fewer, of another type',
    change: { [`${sent}/properties/tags/maxItems`]: 5, [`${sent}/properties/tags/items`]: { type: 'integer' } },
    lines: ['request ThingCreate.tags: maxItems is now 5 (was 10)', 'request ThingCreate.tags[]: no longer takes string (takes integer)'],
  },
  {
    name: 'an open object of the request is closed',
    change: { [`${sent}/properties/options/additionalProperties`]: false },
    lines: ['request ThingCreate.options: no longer takes fields it does not name'],
  },
  {
    name: 'a body becomes required',
    change: { [`${thing}/post/requestBody/required`]: true },
    lines: ['POST /things/{thingId} body: is required now'],
  },
  {
    name: 'a content type of a request is removed',
    change: { [`${things}/post/requestBody/content`]: { 'text/csv': { schema: {} } } },
    lines: ['POST /things body: no longer takes application/json'],
  },
  {
    name: 'a value is removed from a list that is sent and answered: only the request breaks',
    change: { [`${schemas}/Size/enum/1`]: undefined },
    lines: ['request Size: no longer takes "LARGE"'],
  },
  {
    name: 'a value is added to a list that is sent and answered: only the response breaks',
    change: { [`${schemas}/Size/enum/-`]: 'HUGE' },
    lines: ['response Size: may now be "HUGE"'],
  },
  {
    name: 'a list of values is given up in a response',
    change: { [`${schemas}/Size/enum`]: undefined },
    lines: ['response Size: may now be other than "SMALL", "LARGE"'],
  },
  {
    name: 'a list that is complete says that it grows',
    change: { [`${schemas}/Size/x-extensible`]: true },
    lines: ['response Size: may now be other than "SMALL", "LARGE"'],
  },
  {
    name: 'a value is taken out of a list that grows, or renamed',
    change: { [`${schemas}/Problem/properties/code/enum/0`]: 'missing' },
    lines: ['response Problem.code: no longer has "not_found"'],
  },
  {
    name: 'an operation no longer answers with a code',
    change: { [`${things}/get/responses/400/x-problem-codes/1`]: undefined },
    lines: ['GET /things response 400: no longer has the code "gone"'],
  },
  {
    name: 'a response field is removed',
    change: { [`${answered}/properties/note`]: undefined },
    lines: ['response Thing.note: was removed'],
  },
  {
    name: 'a response field becomes optional',
    change: { [`${answered}/required/4`]: undefined },
    lines: ['response Thing.version: may now be missing'],
  },
  {
    name: 'a response field may now be null',
    change: { [`${answered}/properties/name`]: { anyOf: [word, { type: 'null' }] } },
    lines: ['response Thing.name: may now be null (was string)'],
  },
  {
    name: 'one of a list of words may now be null',
    change: { [`${answered}/properties/size`]: { type: ['string', 'null'], enum: ['SMALL', 'LARGE', null] } },
    lines: ['response Thing.size: may now be null (was string)'],
  },
  {
    name: 'the type of a response field is widened',
    change: { [`${answered}/properties/version/type`]: 'number' },
    lines: ['response Thing.version: may now be number (was integer)'],
  },
  {
    name: 'the format of a response field is given up',
    change: { [`${answered}/properties/id/format`]: undefined },
    lines: ['response Thing.id: format is now none (was "uuid")'],
  },
  {
    name: 'the values of a map in a response are of another type',
    change: { [`${answered}/properties/labels/additionalProperties/type`]: 'boolean' },
    lines: ['response Thing.labels.*: may now be boolean (was string)'],
  },
  {
    name: 'a map in a response is closed',
    change: { [`${answered}/properties/labels/additionalProperties`]: false },
    lines: ['response Thing.labels: no longer has fields it does not name'],
  },
  {
    name: 'a response status is removed',
    change: { [`${things}/post/responses/409`]: undefined },
    lines: ['POST /things response 409: was removed'],
  },
  {
    name: 'an operation may now succeed in another way',
    change: { [`${things}/post/responses/202`]: { description: 'Later.' } },
    lines: ['POST /things response 202: is new, and is no error'],
  },
  {
    name: 'an operation may now redirect',
    change: { [`${things}/get/responses/303`]: { description: 'Elsewhere.' } },
    lines: ['GET /things response 303: is new, and is no error'],
  },
  {
    name: 'operations move below another path',
    change: { '/servers': [{ url: 'http://localhost/api/' }] },
    lines: ['GET /things', 'POST /things', 'GET /things/{thingId}', 'POST /things/{thingId}'].map(
      (name) => `${name}: is served below /api now (was /)`,
    ),
  },
  {
    name: 'a body gets a part beside the one it has, which demands a field',
    change: {
      [`${things}/post/requestBody/content/application~1json/schema`]: {
        allOf: [{ $ref: '#/components/schemas/ThingCreate' }, { properties: { phone: word }, required: ['phone'] }],
      },
    },
    lines: [
      'POST /things body: allOf changed, and what that means to others cannot be judged here',
      'POST /things body.phone: is required now',
    ],
  },
  {
    name: 'a field of the request takes any type, and is narrower all the same',
    change: { [`${sent}/properties/name`]: { minLength: 10 } },
    lines: ['request ThingCreate.name: minLength is now 10 (was 1)'],
  },
  {
    name: 'a component is narrowed beside the reference to it, at its second use',
    change: { [`${sent}/properties/size`]: { $ref: '#/components/schemas/Size', enum: ['SMALL'] } },
    lines: ['request ThingCreate.size: no longer takes "LARGE"'],
  },
  {
    name: 'a content type of a response is removed',
    change: { [`${things}/post/responses/409/content`]: {} },
    lines: ['POST /things response 409: is no longer given as application/problem+json'],
  },
  {
    name: 'a response header is removed, another becomes optional',
    change: { [`${things}/get/responses/200/headers/etag`]: undefined, [`${things}/post/responses/201/headers/etag/required`]: false },
    lines: ['GET /things response 200 header etag: was removed', 'POST /things response 201 header etag: may now be missing'],
  },
  {
    name: 'an operation asks for more',
    change: { [`${things}/get/security`]: [{ userId: [], bearer: [] }] },
    lines: ['GET /things: asks for more: security is now [{"userId":[],"bearer":[]}] (was [{"userId":[]}])'],
  },
  {
    name: 'an operation asks for a scope more',
    change: { [`${things}/post/security/0/oauth/-`]: 'admin' },
    lines: ['POST /things: asks for more: security is now [{"oauth":["read","write","admin"]}] (was [{"oauth":["read","write"]}])'],
  },
  {
    name: 'a security scheme becomes another',
    change: { '/components/securitySchemes/userId/name': 'x-caller' },
    lines: ['security scheme userId: is another one now'],
  },
]

const unjudged = (keyword: string, place = 'ThingCreate') => [
  `request ${place}: ${keyword} changed, and what that means to others cannot be judged here`,
]

/** Keywords whose meaning the program does not follow: each is added, and then changes behind a reference. */
const unread: Record<string, (schema: JsonObject) => JsonObject> = {
  not: (schema) => ({ not: schema }),
  if: (schema) => ({ if: schema }),
  patternProperties: (schema) => ({ patternProperties: { '^x-': schema } }),
  dependentSchemas: (schema) => ({ dependentSchemas: { name: schema } }),
  propertyNames: (schema) => ({ propertyNames: schema }),
  unevaluatedProperties: (schema) => ({ unevaluatedProperties: schema }),
  anything: (schema) => ({ anything: [schema] }),
}

const unreadOfArrays: Record<string, (schema: JsonObject) => JsonObject> = {
  prefixItems: (schema) => ({ prefixItems: [schema] }),
  contains: (schema) => ({ contains: schema }),
}

function changesBetween(before: JsonObject, after: JsonObject): string[] {
  return openApiChanges(before, after).map(describeChange)
}

t.test('every kind of breaking change is named by its line, and nothing else is', async (t) => {
  for (const { name, change, lines } of breaking) {
    t.strictSame(changesBetween(exampleApi(), changed(exampleApi(), change)), lines, name)
  }
})

t.test('no compatible change is flagged, by the API or by the SDK that is made from it', async (t) => {
  for (const { name, change } of compatible) {
    const [before, after] = [exampleApi(), changed(exampleApi(), change)]
    t.strictSame([...openApiChanges(before, after), ...sdkChanges(before, after)].map(describeChange), [], name)
  }
})

t.test('what cannot be read counts as a break when anything in it changes, also behind a reference, but for texts', async (t) => {
  for (const [keyword, wrap] of Object.entries(unread)) {
    const withKeyword = (api: JsonObject, of: JsonObject) =>
      changed(api, { [sent]: { ...asDocument(partAt(api, sent), sent), ...wrap(of) } })
    t.strictSame(changesBetween(exampleApi(), withKeyword(exampleApi(), { required: ['weight'] })), unjudged(keyword), `${keyword} is new`)

    const rule = `${schemas}/Rule`
    const first = changed(exampleApi(), { [rule]: { required: ['weight'], properties: { title: word } } })
    const before = withKeyword(first, { $ref: '#/components/schemas/Rule' })
    t.strictSame(changesBetween(before, changed(before, { [`${rule}/required/0`]: 'name' })), unjudged(keyword), `${keyword} by reference`)
    t.strictSame(changesBetween(before, changed(before, { [`${rule}/properties/title`]: undefined })), unjudged(keyword), 'no text')
    t.strictSame(changesBetween(before, changed(before, { [`${rule}/title`]: 'A rule' })), [], `a text in ${keyword}`)
  }
})

/** The lines for a field of the request that was written one way, and is now written another. */
function fieldLines(before: Json, after: Json): string[] {
  const field = `${sent}/properties/note`
  return changesBetween(changed(exampleApi(), { [field]: before }), changed(exampleApi(), { [field]: after }))
}

t.test('the same of arrays; of other values such keywords say nothing', async (t) => {
  const tags = `${sent}/properties/tags`
  for (const [keyword, wrap] of Object.entries(unreadOfArrays)) {
    const withKeyword = (at: string) => changed(exampleApi(), { [at]: { ...asDocument(partAt(exampleApi(), at), at), ...wrap(word) } })
    t.strictSame(changesBetween(exampleApi(), withKeyword(tags)), unjudged(keyword, 'ThingCreate.tags'), keyword)
    t.strictSame(changesBetween(exampleApi(), withKeyword(sent)), [], `${keyword} of an object`)
  }
})

t.test('what unions, parts and a schema itself say of a value is read together', async (t) => {
  const field = 'request ThingCreate.note'
  const union = (...branches: Json[]) => ({ anyOf: branches })
  const record = (name: string, ...more: string[]) => ({
    type: 'object',
    required: [name],
    properties: Object.fromEntries([name, ...more].map((one) => [one, word])),
  })
  for (const [name, before, after, lines] of [
    [
      'a oneOf beside an anyOf',
      { ...union(word), oneOf: [{ maxLength: 5 }] },
      { ...union(word), oneOf: [{ maxLength: 3 }] },
      ['maxLength is now 3 (was 5)'],
    ],
    [
      'required beside an anyOf',
      { ...record('a', 'b'), ...union({ required: ['b'] }) },
      { ...record('a', 'b', 'c'), required: ['c', 'a'], ...union({ required: ['b'] }) },
      ['.c: is required now'],
    ],
    [
      'the tighter of two bounds counts',
      { maxLength: 5, ...union({ ...word, maxLength: 9 }) },
      { maxLength: 5, ...union({ ...word, maxLength: 7 }) },
      [],
    ],
    ['a part loses a field', { allOf: [record('a', 'b'), record('c')] }, { allOf: [record('a'), record('c')] }, ['.b: is no longer taken']],
    [
      'two patterns',
      { allOf: [{ ...word, pattern: 'a' }, { pattern: 'b' }] },
      { allOf: [{ ...word, pattern: 'a' }, { pattern: 'c' }] },
      [': allOf changed, and what that means to others cannot be judged here'],
    ],
    [
      'a union of records grows, and one of them too',
      union(record('a'), record('b')),
      union(record('a', 'x'), record('b'), record('c')),
      [],
    ],
    ['a multiple of what was asked for', { type: 'integer', multipleOf: 10 }, { type: 'integer', multipleOf: 5 }, []],
    ['a bound of whole numbers, written another way', { type: 'integer', minimum: 1 }, { type: 'integer', exclusiveMinimum: 0 }, []],
    ['a type that only one part allows', { allOf: [{ type: ['string', 'null'] }, word] }, word, []],
  ] satisfies [string, Json, Json, string[]][]) {
    t.strictSame(
      fieldLines(before, after),
      lines.map((line) => `${field}${/^[.:]/.test(line) ? '' : ': '}${line}`),
      name,
    )
    t.strictSame(fieldLines(before, before), [], `${name}: as it was`)
  }
})

t.test('a schema that holds itself is compared to its end', async (t) => {
  const tree = { type: 'object', properties: { child: { $ref: '#/components/schemas/Tree', maxProperties: 3 }, note: word } }
  const before = changed(exampleApi(), { [`${schemas}/Tree`]: tree, [`${sent}/properties/tree`]: { $ref: '#/components/schemas/Tree' } })
  const after = changed(before, { [`${schemas}/Tree/properties/note/maxLength`]: 5 })
  t.strictSame(changesBetween(before, before), [])
  t.ok(changesBetween(before, after).includes('request Tree.note: maxLength is now 5 (was none)'))
})

t.test('documents that tell codes by their examples only are held to them as well', async (t) => {
  const problem = `${things}/get/responses/400`
  const before = changed(exampleApi(), {
    [`${problem}/x-problem-codes`]: undefined,
    [`${problem}/content/application~1problem+json/examples`]: { not_found: {}, gone: {}, forbidden: {} },
  })
  t.strictSame(changesBetween(before, exampleApi()), ['GET /things response 400: no longer has the code "forbidden"'])
})
