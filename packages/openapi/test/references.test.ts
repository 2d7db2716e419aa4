import t from 'tap'
import { pointerTo, resolve, schemaName } from '../src/references.ts'

const document = {
  paths: { '/a~b': { $ref: '#/components/pathItems/Item' } },
  components: {
    schemas: {
      Thing: { type: 'object', description: 'A thing.', maxProperties: 3 },
      Alias: { $ref: '#/components/schemas/Thing' },
      Circle: { $ref: '#/components/schemas/Round' },
      Round: { $ref: '#/components/schemas/Circle' },
    },
    pathItems: { Item: { get: { responses: { 200: { $ref: '#/components/responses/Ok' } } } } },
    responses: { Ok: { description: 'Ok.', content: { 'text/a b': { schema: { $ref: '#/components/schemas/Alias' } } } } },
  },
}
const ref = (path: string) => ({ $ref: `#/${path}` })

t.test('a reference is followed to its end, and the last component names it', async (t) => {
  t.same(resolve(ref('components/schemas/Alias'), document), { part: document.components.schemas.Thing, name: 'Thing' })
  t.same(resolve(ref('paths/~1a~0b'), document).part, document.components.pathItems.Item)
  t.strictSame(resolve({ type: 'string' }, document), { part: { type: 'string' }, name: undefined })
})

t.test('what stands beside a reference is added; a text replaces that of the component', async (t) => {
  const { part } = resolve({ ...ref('components/schemas/Thing'), description: 'This one.', nullable: true }, document)
  t.strictSame(part, { type: 'object', description: 'This one.', maxProperties: 3, nullable: true })
})

t.test('what cannot be followed, or said in one object, is refused by name', async (t) => {
  t.throws(() => resolve(ref('components/schemas/Nobody'), document), { message: '#/components/schemas/Nobody is not in the document' })
  t.throws(() => resolve({ $ref: 'other.json#/a' }, document), { message: 'other.json#/a is not in the document' })
  t.throws(() => resolve(ref('components/schemas/Circle'), document), { message: '#/components/schemas/Circle refers to itself' })
  t.throws(() => resolve({ ...ref('components/schemas/Thing'), maxProperties: 2 }, document), {
    message: /^maxProperties stands beside the reference to #\/components\/schemas\/Thing/,
  })
})

t.test('a schema has the name of its component, and none elsewhere', async (t) => {
  t.equal(schemaName(ref('components/schemas/Lead.V2')), 'Lead.V2')
  t.equal(schemaName(ref('components/responses/Ok')), undefined)
  t.equal(schemaName({ type: 'object' }), undefined)
  t.equal(schemaName(undefined), undefined)
})

t.test('a pointer leads through references, and to the component at its end', async (t) => {
  const place = ['paths', '/a~b', 'get', 'responses', '200', 'content', 'text/a b', 'schema']
  t.equal(pointerTo(place, document), '#/components/schemas/Thing')
  t.equal(pointerTo(place.slice(0, -1), document), '#/components/responses/Ok/content/text~1a%20b')
  t.equal(pointerTo(['paths', '/nothing'], document), '#/paths/~1nothing')
})
