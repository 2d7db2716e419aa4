import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject, type JsonObject, memberOf } from '@crm/openapi/json.ts'
import { runCommand } from '@crm/testing/commands.ts'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import t from 'tap'
import { makeSdkFiles, readDocuments } from '../../generator/sdk-files.ts'
import { json, startScriptedServer } from '../scripted-server.ts'

const sdk = join(repositoryRoot, 'sdk')

const page = {
  type: 'object',
  required: ['data', 'page'],
  properties: {
    data: { type: 'array', items: { $ref: '#/components/schemas/Invoice' } },
    page: { type: 'object', required: ['nextCursor'], properties: { nextCursor: { type: ['string', 'null'] } } },
  },
}
const schemas = {
  Invoice: { type: 'object', required: ['id', 'version'], properties: { id: { type: 'string' }, version: { type: 'integer' } } },
  InvoiceCreate: { type: 'object', additionalProperties: false, required: ['amount'], properties: { amount: { type: 'integer' } } },
  InvoicePage: page,
}
const content = (name: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } })
const answer = (name: string) => ({ 200: { description: 'It.', content: content(name) } })
const invoiceId = { in: 'path', name: 'invoiceId', required: true, schema: { type: 'string' } }
const header = (name: string) => ({ in: 'header', name, schema: { type: 'string' } })

const paths = {
  '/v1/invoices': {
    get: {
      operationId: 'listInvoices',
      tags: ['invoices'],
      parameters: [{ in: 'query', name: 'cursor', schema: { type: 'string' } }],
      responses: answer('InvoicePage'),
    },
    post: {
      operationId: 'createInvoice',
      tags: ['invoices'],
      parameters: [header('idempotency-key')],
      requestBody: { required: true, content: content('InvoiceCreate') },
      responses: answer('Invoice'),
    },
  },
  '/v1/invoices/{invoiceId}': {
    get: { operationId: 'getInvoice', tags: ['invoices'], parameters: [invoiceId], responses: answer('Invoice') },
  },
  '/v1/invoices/{invoiceId}/remind': {
    post: {
      operationId: 'remindInvoice',
      tags: ['invoices'],
      parameters: [invoiceId, header('idempotency-key'), header('if-match')],
      responses: { 204: { description: 'Reminded.' } },
    },
  },
}

/** A program against the client as the document makes it: it is type-checked, then run. */
const program = `import { createCrmClient, type Invoice } from './src/index.ts'

export async function run(url: string): Promise<unknown[]> {
  const crm = createCrmClient({ services: { invoice: url }, userId: 'somebody' })
  const created: Invoice = await crm.invoices.create({ amount: 3 })
  // @ts-expect-error an unknown field
  await crm.invoices.create({ amount: 3, currency: 'EUR' })
  const listed = await crm.invoices.list({ cursor: undefined }).toArray({ limit: 10 })
  const got = await crm.invoices.get(created.id)
  await crm.invoices.remind(got.id, { ifMatch: got, onConflict: (current) => current.version > 1 })
  return [created.id, listed.map(({ id }) => id), got.id]
}
`

t.test('a new endpoint needs no line of SDK work: the document is enough', async (t) => {
  const { api, services } = await readDocuments(join(repositoryRoot, 'openapi'))
  const added = (part: JsonObject[string] | undefined, members: JsonObject) => ({ ...(isObject(part) && part), ...members })
  const grown: JsonObject = {
    ...api,
    tags: [...(Array.isArray(api.tags) ? api.tags : []), { name: 'invoices', description: 'What customers owe.' }],
    paths: added(api.paths, paths),
    components: added(api.components, { schemas: added(memberOf(api.components, 'schemas'), schemas) }),
  }
  const documents = { api: grown, services: { ...services, 'invoice-service': { paths } } }
  const { sources, tables } = await makeSdkFiles(documents, await readFile(join(sdk, 'src/index.ts'), 'utf8'))
  t.match(tables.find(({ resource }) => resource === 'invoices')?.rows.at(-1), ['`crm.invoices.remind(invoiceId, options?)`'])
  t.match(sources['src/generated/resources.ts'], "export type ServiceName = 'crm' | 'invoice' | 'user'")

  const copy = await mkdtemp(join(tmpdir(), 'crm-sdk-new-endpoint-'))
  t.teardown(() => rm(copy, { recursive: true, force: true }))
  await symlink(join(sdk, 'node_modules'), join(copy, 'node_modules'))
  await cp(join(sdk, 'src'), join(copy, 'src'), { recursive: true })
  for (const [path, text] of Object.entries(sources)) await writeFile(join(copy, path), text)
  await writeFile(join(copy, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(join(copy, 'program.ts'), program)
  await writeFile(
    join(copy, 'tsconfig.json'),
    JSON.stringify({ extends: join(repositoryRoot, 'tsconfig.json'), include: ['src', 'program.ts'], exclude: [] }),
  )
  const tsc = join(repositoryRoot, 'node_modules/typescript/bin/tsc')
  const types = await runCommand(process.execPath, [tsc, '--noEmit', '-p', copy], copy)
  t.equal(types.ok ? '' : types.stdout + types.stderr, '')

  const invoice = { id: 'i-1', version: 1 }
  const list = json(200, { data: [invoice], page: { nextCursor: null } })
  const server = await startScriptedServer(t, json(200, invoice), json(200, invoice), list, json(200, invoice), (response) =>
    response.writeHead(204).end(),
  )
  const { run }: { run: (url: string) => Promise<unknown[]> } = await import(pathToFileURL(join(copy, 'program.ts')).href)
  t.same(await run(server.url), ['i-1', ['i-1'], 'i-1'])
  const remind = server.requests.at(-1)
  t.match(remind, { method: 'POST', path: '/v1/invoices/i-1/remind', headers: { 'if-match': '"1"', 'idempotency-key': /./ } })
})
