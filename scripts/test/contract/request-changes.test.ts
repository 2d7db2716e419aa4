import t from 'tap'
import { type BreakingChange, changesBetween } from './breaking-change.ts'
import { changed } from './changed.ts'
import { exampleApi } from './example-documents.ts'
import { schemas, sent, thing, things, word } from './example-places.ts'

const breaking: BreakingChange[] = [
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
    name: 'a field is demanded that a closed object does not name',
    change: { [`${sent}/required/-`]: 'zip' },
    lines: ['request ThingCreate.zip: is required now'],
  },
  {
    name: 'the same of an open object',
    change: { [`${sent}/properties/options/required`]: ['zip'] },
    lines: ['request ThingCreate.options.zip: is required now'],
  },
  {
    name: 'a part beside the body demands a field that nothing names',
    change: {
      [`${things}/post/requestBody/content/application~1json/schema`]: {
        allOf: [{ $ref: '#/components/schemas/ThingCreate' }, { required: ['zip'] }],
      },
    },
    lines: ['POST /things body.zip: is required now'],
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
]

t.test('every kind of breaking change of a request is named by its line, and nothing else is', async (t) => {
  for (const { name, change, lines } of breaking) {
    t.strictSame(changesBetween(exampleApi(), changed(exampleApi(), change)), lines, name)
  }
})
