import { asDocument, type JsonObject } from '@crm/openapi/json.ts'
import t from 'tap'
import { describeChange } from '../../contract/compatibility/change.ts'
import { openApiChanges } from '../../contract/compatibility/openapi-changes.ts'
import { sdkChanges } from '../../contract/compatibility/sdk-changes.ts'
import { type Changes, changed, partAt } from './changed.ts'
import { exampleApi } from './example-documents.ts'

const things = '/paths/~1things'
const thing = '/paths/~1things~1{thingId}'
const schemas = '/components/schemas'

/** The changes are compatible for those who speak HTTP; for programs on the SDK they are not. */
const breakingTheSdkAlone: { name: string; change: Changes; lines: string[] }[] = [
  {
    name: 'an optional body is taken, before the options',
    change: {
      [`${thing}/get/requestBody`]: partAt(exampleApi(), `${things}/post/requestBody`),
      [`${thing}/get/requestBody/required`]: false,
    },
    lines: ['SDK crm.things.get: takes (id: string, body?) now (took (id: string))'],
  },
  {
    name: 'a GET becomes a list',
    change: {
      [`${things}/get/parameters/-`]: { in: 'query', name: 'cursor', schema: { type: 'string' } },
      [`${schemas}/ThingPage/properties/page`]: { type: 'object', properties: { nextCursor: { type: 'string' } } },
    },
    lines: [
      'SDK crm.things.list: takes (query?) now (took ())',
      'SDK crm.things.list: no longer has the option query',
      'SDK crm.things.list: gives a list now (gave an answer)',
    ],
  },
  {
    name: 'an answer without a body has one',
    change: { [`${thing}/post/responses/204/content`]: { 'application/json': { schema: {} } } },
    lines: ['SDK crm.things.touch: gives an answer now (gave nothing)'],
  },
  {
    name: 'a schema that was only sent is answered too',
    change: { [`${schemas}/Thing/properties/origin`]: { $ref: '#/components/schemas/ThingCreate' } },
    lines: ['SDK type ThingCreate: is answered now, so that its optional members no longer take undefined'],
  },
]

const linesOf = (before: JsonObject, after: JsonObject) => sdkChanges(before, after).map(describeChange)

t.test('what breaks programs on the SDK alone is named', async (t) => {
  for (const { name, change, lines } of breakingTheSdkAlone) {
    const after = changed(exampleApi(), change)
    t.strictSame(linesOf(exampleApi(), after), lines, name)
    t.strictSame(openApiChanges(exampleApi(), after), [], `${name}: speaking HTTP goes on`)
  }
})

t.test('an id that was a number and is any text breaks those who give numbers', async (t) => {
  const before = changed(exampleApi(), { [`${thing}/parameters/0/schema`]: { type: 'integer' } })
  const after = changed(exampleApi(), { [`${thing}/parameters/0/schema`]: { type: ['integer', 'string'] } })
  t.strictSame(openApiChanges(before, after), [])
  t.match(linesOf(before, after), ['SDK crm.things.get: takes (id: string) now (took (id: number))', /touch/])
})

t.test('a component that gets another name takes its exported type away', async (t) => {
  const text = JSON.stringify(exampleApi()).replaceAll('schemas/Thing"', 'schemas/Item"').replace('"Thing":', '"Item":')
  const after = asDocument(JSON.parse(text), 'the changed example')
  t.strictSame(openApiChanges(exampleApi(), after), [])
  t.strictSame(linesOf(exampleApi(), after), ['SDK type Thing: was removed'])
})

t.test('an operation that another service answers now is named', async (t) => {
  const by = (service: string) => changed(exampleApi(), { [`${things}/get/x-service`]: service })
  t.strictSame(linesOf(by('a-service'), by('b-service')), ['SDK GET /things: is asked of b-service now (was a-service)'])
  t.strictSame(linesOf(exampleApi(), by('a-service')), [])
})

t.test('a method that goes is named, with the types that go with it', async (t) => {
  t.strictSame(linesOf(exampleApi(), changed(exampleApi(), { [`${things}/get`]: undefined })), [
    'SDK crm.things.list: was removed',
    'SDK type ListThingsQuery: was removed',
  ])
  const renamed = changed(exampleApi(), { [`${things}/get/operationId`]: 'findThings' })
  t.match(linesOf(exampleApi(), renamed)[0] ?? '', 'SDK crm.things.list: was removed')
})

t.test('an option that goes or is demanded is named', async (t) => {
  const noQuery = changed(exampleApi(), { [`${things}/get/parameters`]: undefined })
  t.match(linesOf(exampleApi(), noQuery)[0] ?? '', 'SDK crm.things.list: no longer has the option query')
  const demanded = changed(exampleApi(), { [`${things}/get/parameters/0/required`]: true })
  t.strictSame(linesOf(exampleApi(), demanded), ['SDK crm.things.list: demands the option query now'])
})

t.test('what a method may gain breaks nobody', async (t) => {
  const key = { in: 'header', name: 'idempotency-key', schema: { type: 'string' } }
  const grown = changed(exampleApi(), {
    [`${things}/post/parameters`]: [key],
    [`${thing}/get/parameters`]: [{ in: 'query', name: 'expand', schema: { type: 'string' } }],
    [`${things}/post/requestBody/required`]: false,
    [`${schemas}/Extra`]: { type: 'object' },
  })
  t.strictSame(linesOf(exampleApi(), grown), [])
})
