import t from 'tap'
import { type BreakingChange, changesBetween } from './breaking-change.ts'
import { changed } from './changed.ts'
import { exampleApi } from './example-documents.ts'
import { limit, thing, things, word } from './example-places.ts'

const breaking: BreakingChange[] = [
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
    name: 'operations move below another path',
    change: { '/servers': [{ url: 'http://localhost/api/' }] },
    lines: ['GET /things', 'POST /things', 'GET /things/{thingId}', 'POST /things/{thingId}'].map(
      (name) => `${name}: is served below /api now (was /)`,
    ),
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

t.test('every kind of breaking change of an operation and its parameters is named by its line, and nothing else is', async (t) => {
  for (const { name, change, lines } of breaking) {
    t.strictSame(changesBetween(exampleApi(), changed(exampleApi(), change)), lines, name)
  }
})
