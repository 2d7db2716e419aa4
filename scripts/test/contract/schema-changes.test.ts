import { asDocument, type Json, type JsonObject } from '@crm/openapi/json.ts'
import t from 'tap'
import { changesBetween } from './breaking-change.ts'
import { changed, partAt } from './changed.ts'
import { exampleApi } from './example-documents.ts'
import { schemas, sent, word } from './example-places.ts'

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
    ['what is demanded without a name is no longer', { required: ['a', 'b'] }, { required: ['a'] }, []],
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

t.test(
  'of the two keywords that bound one end of numbers the tighter one counts, and of one limit the one that leaves it out',
  async (t) => {
    const field = 'request ThingCreate.note: '
    for (const [before, after, line] of [
      [{ exclusiveMinimum: 0 }, { minimum: 0 }, undefined],
      [{ minimum: 0 }, { exclusiveMinimum: -1 }, undefined],
      [{ minimum: 0 }, { minimum: 0, exclusiveMinimum: -1 }, undefined],
      [{ exclusiveMaximum: 9 }, { maximum: 9 }, undefined],
      [{ maximum: 9 }, { exclusiveMaximum: 10 }, undefined],
      [{ minimum: 0 }, { exclusiveMinimum: 0 }, 'exclusiveMinimum is now 0 (was minimum 0)'],
      [{ maximum: 9 }, { exclusiveMaximum: 9 }, 'exclusiveMaximum is now 9 (was maximum 9)'],
      [{ exclusiveMinimum: 0 }, { minimum: 0.5 }, 'minimum is now 0.5 (was exclusiveMinimum 0)'],
      [{ minimum: 0 }, { minimum: 0, exclusiveMinimum: 2 }, 'exclusiveMinimum is now 2 (was minimum 0)'],
      [{}, { maximum: 9 }, 'maximum is now 9 (was none)'],
    ] satisfies [JsonObject, JsonObject, string | undefined][]) {
      const name = `${JSON.stringify(before)} becomes ${JSON.stringify(after)}`
      const lines = fieldLines({ type: 'number', ...before }, { type: 'number', ...after })
      t.strictSame(lines, line === undefined ? [] : [field + line], name)
    }
  },
)

t.test('of whole numbers more than 0 is 1 or more, also where they may be any numbers now', async (t) => {
  for (const [before, after] of [
    [{ minimum: 1 }, { exclusiveMinimum: 0 }],
    [{ exclusiveMinimum: 0 }, { minimum: 1 }],
    [{ maximum: 9 }, { exclusiveMaximum: 9.5 }],
  ]) {
    for (const type of ['integer', 'number']) {
      const name = `${JSON.stringify(before)} becomes ${JSON.stringify(after)}, a ${type}`
      t.strictSame(fieldLines({ type: 'integer', ...before }, { type, ...after }), [], name)
    }
  }
  t.strictSame(fieldLines({ type: 'integer', minimum: 1 }, { type: 'integer', exclusiveMinimum: 1 }), [
    'request ThingCreate.note: exclusiveMinimum is now 1 (was minimum 1)',
  ])
})

t.test('a schema that holds itself is compared to its end', async (t) => {
  const tree = { type: 'object', properties: { child: { $ref: '#/components/schemas/Tree', maxProperties: 3 }, note: word } }
  const before = changed(exampleApi(), { [`${schemas}/Tree`]: tree, [`${sent}/properties/tree`]: { $ref: '#/components/schemas/Tree' } })
  const after = changed(before, { [`${schemas}/Tree/properties/note/maxLength`]: 5 })
  t.strictSame(changesBetween(before, before), [])
  t.ok(changesBetween(before, after).includes('request Tree.note: maxLength is now 5 (was none)'))
})
