import type { JsonObject } from '@crm/openapi/json.ts'
import t from 'tap'
import { makeSdkFiles, type SdkFiles } from '../../generator/sdk-files.ts'

const index = "export { CrmError, type RateLimit } from './errors.ts'\nexport type * from './generated/models.ts'\n"
const json = (schema: string) => ({ content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } } })

/** The files of an API with an operation that lists leads, and these schemas beside the lead. */
function make({
  schemas = {},
  operation = {},
  tag = 'leads',
}: {
  schemas?: JsonObject
  operation?: JsonObject
  tag?: string
} = {}): Promise<SdkFiles> {
  const listLeads = {
    operationId: 'listLeads',
    tags: [tag],
    parameters: [{ in: 'query', name: 'q', schema: { type: 'string' } }],
    responses: { 200: { description: 'Leads.', ...json('Lead') } },
    ...operation,
  }
  const api = {
    openapi: '3.1.0',
    info: { title: 'things', version: '1.2.3' },
    paths: { '/v1/leads': { get: listLeads } },
    components: { schemas: { Lead: { type: 'object', properties: { id: { type: 'string' } } }, ...schemas } },
  }
  return makeSdkFiles({ api, services: { 'crm-service': api } }, index)
}

const source = async (name: string, ...made: Parameters<typeof make>) => (await make(...made)).sources[`src/generated/${name}.ts`] ?? ''

t.test('a list of values that grows is any other text as well, a complete one is not', async (t) => {
  const word = { type: 'string', enum: ['a', 'b'] }
  const schema = await source('schema', { schemas: { Growing: { ...word, 'x-extensible': true }, Complete: word } })
  t.match(schema, /Growing: "a" \| "b" \| \(string & \{\}\);/)
  t.match(schema, /Complete: "a" \| "b";/)
})

t.test('what is imported is what is used, whatever comments say', async (t) => {
  const description = 'Gives a | Company, or <Company>: Company. See Answer, and Body.'
  const resources = await source('resources', { schemas: { Company: { type: 'object' } }, operation: { description } })
  t.match(resources, "import type { Lead } from './models.ts'")
  t.match(resources, "import type { Query } from '../operation-types.ts'")
  t.match(resources, "import type { RequestOptions } from '../request-options.ts'")
  t.notMatch(resources, 'CrmList }')
})

t.test('a name that is taken is refused, with those who want it', async (t) => {
  for (const [name, taker] of [
    ['Query', 'src/operation-types.ts'],
    ['CrmList', 'src/list.ts'],
    ['RateLimit', 'src/index.ts'],
    ['CrmError', 'src/index.ts'],
    ['AllowUndefined', 'src/operation-types.ts'],
  ]) {
    const message = `the schema ${name} and ${taker} would both be the type ${name}: rename the first`
    await t.rejects(make({ schemas: { [name ?? '']: { type: 'object' } } }), { message })
  }
  await t.rejects(make({ schemas: { LeadsResource: {} } }), {
    message: 'the resource leads and the schema LeadsResource would both be the type LeadsResource: rename the first',
  })
  await t.rejects(make({ schemas: { ListLeadsQuery: {} } }), { message: /^the query of listLeads and the schema ListLeadsQuery/ })
  await t.rejects(make({ schemas: { CrmClient: {} } }), { message: /^the client's CrmClient and the schema CrmClient/ })
})

t.test('a schema that TypeScript could not name is refused', async (t) => {
  for (const name of ['Lead.V2', 'lead', 'Lead-Page', '2Fast', 'string']) {
    await t.rejects(make({ schemas: { [name]: { type: 'object' } } }), { message: new RegExp(`^the schema ${name} cannot be a type`) })
  }
})

t.test('whatever else breaks a file is refused before it is written', async (t) => {
  await t.rejects(make({ operation: { operationId: "list'Leads" } }), { message: /would be no TypeScript: line \d+: / })
})

t.test('a table says of a method what it takes and gives', async (t) => {
  const { tables, version } = await make({ operation: { summary: 'Lists leads | people' } })
  t.equal(version, '1.2.3')
  t.match(tables, [
    {
      resource: 'leads',
      rows: [['`crm.leads.list(options?)`', 'Lists leads | people', '`Lead`', '`query`', '`GET /v1/leads`']],
    },
  ])
})
