import { type Changes, changed, partAt } from './changed.ts'
import { exampleApi } from './example-documents.ts'
import { answered, limit, schemas, sent, thing, things, word } from './example-places.ts'

const anOperation = (operationId: string) => ({ operationId, tags: ['things'], responses: { 204: { description: 'Done.' } } })

/** Changes of the example API that break nobody, neither those who speak HTTP nor programs on the SDK. */
export const compatible: { name: string; change: Changes }[] = [
  { name: 'nothing changes', change: {} },
  { name: 'an operation is added', change: { [`${things}/delete`]: anOperation('deleteThings') } },
  { name: 'a path is added', change: { '/paths/~1others': { get: anOperation('listOthers') } } },
  {
    name: 'an optional parameter is added',
    change: { [`${things}/get/parameters/-`]: { in: 'query', name: 'q', required: false, schema: word } },
  },
  { name: 'a header with options of its own is taken', change: { [`${things}/get/parameters/-`]: { in: 'header', name: 'if-match' } } },
  { name: 'a bound of a parameter is loosened', change: { [`${limit}/schema/maximum`]: 1000 } },
  {
    name: 'a bound of a number is loosened in other words',
    change: { [`${sent}/properties/weight/minimum`]: undefined, [`${sent}/properties/weight/exclusiveMinimum`]: -1 },
  },
  { name: 'an operation can be repeated now', change: { [`${things}/post/x-safe`]: true } },
  {
    name: 'what a parameter or a field means when it is left out is written down for the first time',
    change: {
      [`${things}/get/parameters/1/schema`]: { type: 'string', enum: ['SMALL', 'LARGE'], default: 'SMALL' },
      [`${sent}/properties/weight/default`]: 0,
    },
  },
  { name: 'a default of what is only answered changes', change: { [`${answered}/properties/note/default`]: 'none' } },
  { name: 'an optional request field is added', change: { [`${sent}/properties/colour`]: word } },
  { name: 'a required request field becomes optional', change: { [`${sent}/required/0`]: undefined } },
  { name: 'the type of a request field is widened', change: { [`${sent}/properties/weight`]: { type: ['number', 'string'] } } },
  {
    name: 'a request field may now be null, written another way',
    change: { [`${sent}/properties/name`]: { anyOf: [partAt(exampleApi(), `${sent}/properties/name`), { type: 'null' }] } },
  },
  {
    name: 'the lengths of a request field are loosened',
    change: { [`${sent}/properties/name/minLength`]: 0, [`${sent}/properties/name/maxLength`]: 500 },
  },
  { name: 'a closed object of the request is opened', change: { [`${sent}/additionalProperties`]: undefined } },
  { name: 'a body may be left out', change: { [`${things}/post/requestBody/required`]: false } },
  { name: 'a content type of a request is added', change: { [`${things}/post/requestBody/content/text~1csv`]: {} } },
  { name: 'a response field is added', change: { [`${answered}/properties/colour`]: word } },
  { name: 'an optional response field is always there', change: { [`${answered}/required/-`]: 'note' } },
  { name: 'the type of a response field is narrowed', change: { [`${answered}/properties/parent`]: { type: 'null' } } },
  { name: 'a length of a response field is loosened', change: { [`${answered}/properties/name/maxLength`]: 500 } },
  {
    name: 'an error response is added',
    change: { [`${things}/get/responses/429`]: partAt(exampleApi(), `${things}/get/responses/400`) },
  },
  { name: 'a response header is added', change: { [`${things}/get/responses/200/headers/link`]: { schema: word } } },
  { name: 'a value is added to a list that says it grows', change: { [`${schemas}/Problem/properties/code/enum/-`]: 'forbidden' } },
  { name: 'an operation answers with one more code', change: { [`${things}/get/responses/400/x-problem-codes/-`]: 'forbidden' } },
  {
    name: 'an operation takes another way in beside the one it has',
    change: { [`${things}/get/security`]: [{ userId: [] }, { bearer: [] }] },
  },
  { name: 'an operation asks for a scope less', change: { [`${things}/post/security/0/oauth/1`]: undefined } },
  {
    name: 'texts and examples change',
    change: {
      [`${answered}/title`]: 'A thing',
      [`${answered}/description`]: 'Other words.',
      [`${answered}/examples`]: [{}],
      [`${things}/get/summary`]: 'Other words',
      [`${things}/get/description`]: 'More words.',
    },
  },
  { name: 'an operation gets a second tag', change: { [`${things}/get/tags/-`]: 'all' } },
  { name: 'an operation is served at another address', change: { [`${things}/get/servers`]: [{ url: 'http://elsewhere:1/' }] } },
  { name: 'the form of a parameter is spelled out', change: { [`${limit}/style`]: 'form', [`${limit}/explode`]: true } },
  { name: 'a field is marked as one that is only read', change: { [`${answered}/properties/id/readOnly`]: true } },
  {
    name: 'a header is written in capitals',
    change: { [`${things}/get/responses/200/headers`]: { ETag: { required: true, schema: word } } },
  },
  {
    name: 'a security scheme gets another name',
    change: {
      '/components/securitySchemes/userId': undefined,
      '/components/securitySchemes/caller': { type: 'apiKey', in: 'header', name: 'x-user-id' },
      '/security': [{ caller: [] }],
    },
  },
  {
    name: 'a parameter of the path gets another name',
    change: {
      [thing]: undefined,
      '/paths/~1things~1{id}': partAt(changed(exampleApi(), { [`${thing}/parameters/0/name`]: 'id' }), thing),
    },
  },
  {
    name: 'a schema is put together from parts',
    change: {
      [`${schemas}/ThingBase`]: partAt(exampleApi(), answered),
      [answered]: { allOf: [{ $ref: '#/components/schemas/ThingBase' }] },
      [`${sent}Base`]: partAt(exampleApi(), sent),
      [sent]: { description: 'The same.', allOf: [{ $ref: '#/components/schemas/ThingCreateBase' }] },
    },
  },
  {
    name: 'a schema moves into a component of its own',
    change: {
      [`${schemas}/Weight`]: partAt(exampleApi(), `${sent}/properties/weight`),
      [`${sent}/properties/weight`]: { $ref: '#/components/schemas/Weight' },
    },
  },
]
