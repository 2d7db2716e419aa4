import t from 'tap'
import { bodyOf, operationsOf, parametersOf, problemCodesOf, responsesOf, securityOf, versionOf } from '../src/operations.ts'

const document = {
  info: { version: '1.2.3' },
  security: [{ userId: [] }],
  paths: {
    '/things': {
      summary: 'Things.',
      servers: [],
      parameters: [{ $ref: '#/components/parameters/Trace' }, { in: 'query', name: 'q', required: false }],
      post: {
        parameters: [
          { in: 'header', name: 'X-Trace', required: true },
          { in: 'query', name: 'Q', required: true },
        ],
        requestBody: { $ref: '#/components/requestBodies/Thing' },
        responses: { 201: { $ref: '#/components/responses/Made' }, 409: { 'x-problem-codes': ['thing_exists'] } },
      },
      get: { security: [] },
    },
  },
  components: {
    parameters: { Trace: { in: 'header', name: 'x-trace' } },
    requestBodies: { Thing: { required: true, content: {} } },
    responses: { Made: { description: 'Made.', headers: { etag: { $ref: '#/components/headers/Etag' }, age: {} } } },
    headers: { Etag: { required: true } },
  },
}
const [get, post] = operationsOf(document)
if (!get || !post) throw new Error('there are two operations')

t.test('operations are what stands under a method, and nothing else of a path', async (t) => {
  t.strictSame(
    operationsOf(document).map(({ name }) => name),
    ['GET /things', 'POST /things'],
  )
})

t.test("an operation has its path's parameters but for those it has itself, whatever the capitals of a header", async (t) => {
  t.match(parametersOf(post, document), [
    { in: 'header', name: 'X-Trace', isRequired: true },
    { in: 'query', name: 'q', isRequired: false },
    { in: 'query', name: 'Q', isRequired: true },
  ])
  t.equal(parametersOf(get, document).length, 2)
})

t.test('bodies, responses and their headers are read where they are written', async (t) => {
  t.equal(bodyOf(post, document)?.isRequired, true)
  t.equal(bodyOf(get, document), undefined)
  const [made, refused] = responsesOf(post, document)
  t.match(made, {
    status: '201',
    isSuccess: true,
    headers: [
      { name: 'etag', isRequired: true },
      { name: 'age', isRequired: false },
    ],
  })
  t.match(refused, { status: '409', isSuccess: false })
  t.strictSame(refused && problemCodesOf(refused), ['thing_exists'])
  t.equal(made && problemCodesOf(made), undefined)
})

t.test('an operation asks for what the document asks for, unless it says otherwise', async (t) => {
  t.strictSame(securityOf(post, document), [{ userId: [] }])
  t.strictSame(securityOf(get, document), [])
  t.equal(securityOf(get, {})?.length, 0)
  t.equal(securityOf(post, {}), undefined)
})

t.test('a document without a version is none', async (t) => {
  t.equal(versionOf(document), '1.2.3')
  t.throws(() => versionOf({}), { message: 'The document names no version' })
})
