import t from 'tap'
import { openApiDocument } from '../src/openapi.ts'
import { startSystem } from './system.ts'

// biome-ignore lint/suspicious/noExplicitAny: what the document holds is what the tests find out.
type Json = any

const document: Json = await openApiDocument()
const operations: Json[] = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
  Object.entries<Json>(methods).map(([method, operation]) => ({ path, method, ...operation })),
)

t.test('the document has every operation by its name', async (t) => {
  t.same(
    operations.map(({ method, path, operationId }) => `${operationId} ${method} ${path}`).sort(),
    [
      'createLead post /v1/leads',
      'deleteLead delete /v1/leads/{leadId}',
      'eraseLead post /v1/leads/{leadId}/erase',
      'getLead get /v1/leads/{leadId}',
      'listLeads get /v1/leads',
      'restoreLead post /v1/leads/{leadId}/restore',
      'updateLead patch /v1/leads/{leadId}',
    ].sort(),
  )
})

t.test('every operation has a summary, a tag, a named answer and the errors it can give', async (t) => {
  for (const { operationId, summary, tags, responses } of operations) {
    t.ok(summary && tags?.length === 1, operationId)
    const [status = ''] = Object.keys(responses)
    const content = responses[status].content?.['application/json']
    if (status !== '204') t.match(content.schema.$ref, /^#\/components\/schemas\/\w+$/, operationId)
    for (const error of ['400', '401', '500', '503']) {
      t.ok(responses[error]?.content['application/problem+json'], `${operationId} ${error}`)
    }
  }
})

t.test('writes document their headers', async (t) => {
  for (const { operationId, parameters, responses } of operations.filter(({ method }) => method !== 'get')) {
    const names = parameters.map(({ name }: { name: string }) => name.toLowerCase())
    t.ok(names.includes('idempotency-key'), operationId)
    const { headers } = responses['201'] ?? responses['200'] ?? responses['204']
    t.ok(headers['idempotent-replayed'], operationId)
    t.equal('location' in headers, operationId === 'createLead', operationId)
  }
})

t.test('the running service serves this very document', async (t) => {
  const system = await startSystem(t)
  const { status, body } = await system.call<object>('GET', '/openapi.json', { as: undefined })
  t.equal(status, 200)
  t.strictSame(body, JSON.parse(JSON.stringify(document)))
})
