import t from 'tap'
import { type BreakingChange, changesBetween } from './breaking-change.ts'
import { changed } from './changed.ts'
import { exampleApi } from './example-documents.ts'
import { answered, schemas, things, word } from './example-places.ts'

const breaking: BreakingChange[] = [
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
    name: 'a content type of a response is removed',
    change: { [`${things}/post/responses/409/content`]: {} },
    lines: ['POST /things response 409: is no longer given as application/problem+json'],
  },
  {
    name: 'a response header is removed, another becomes optional',
    change: { [`${things}/get/responses/200/headers/etag`]: undefined, [`${things}/post/responses/201/headers/etag/required`]: false },
    lines: ['GET /things response 200 header etag: was removed', 'POST /things response 201 header etag: may now be missing'],
  },
]

t.test('every kind of breaking change of a response is named by its line, and nothing else is', async (t) => {
  for (const { name, change, lines } of breaking) {
    t.strictSame(changesBetween(exampleApi(), changed(exampleApi(), change)), lines, name)
  }
})

t.test('documents that tell codes by their examples only are held to them as well', async (t) => {
  const problem = `${things}/get/responses/400`
  const before = changed(exampleApi(), {
    [`${problem}/x-problem-codes`]: undefined,
    [`${problem}/content/application~1problem+json/examples`]: { not_found: {}, gone: {}, forbidden: {} },
  })
  t.strictSame(changesBetween(before, exampleApi()), ['GET /things response 400: no longer has the code "forbidden"'])
})
