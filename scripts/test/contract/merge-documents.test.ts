import t from 'tap'
import { type MergedService, mergeDocuments } from '../../contract/merge-documents.ts'
import { type Draft, exampleApi } from './example-documents.ts'

const info = { title: 'All', version: '1.0.0' }
const at = (name: string, document: Draft): MergedService => ({ name, document, server: { url: `http://${name}`, description: name } })

/** An API of the same form in which nothing is called as in the first but what `shared` leaves. */
function other(change: (document: Draft) => void = () => {}): Draft {
  const { openapi, info, security, components } = exampleApi()
  const { Problem, Size } = components.schemas
  const schemas = { Problem, Size, Part: { type: 'object' } }
  const responses = { 200: { description: 'Parts.' } }
  const paths = { '/parts': { get: { operationId: 'listParts', tags: ['parts'], responses } } }
  const tags = [{ name: 'parts', description: 'Parts.' }]
  const document = { openapi, info, tags, security, paths, components: { ...components, schemas } }
  change(document)
  return document
}

function merge(document: Draft): Draft {
  return mergeDocuments([at('things', { tags: [{ name: 'things' }], ...exampleApi() }), at('parts', document)], { info })
}

t.test('the paths of all services, with components and tags that they share once', async (t) => {
  const merged = merge(other())
  t.strictSame(Object.keys(merged.paths), ['/things', '/things/{thingId}', '/parts'])
  t.strictSame(Object.keys(merged.components.schemas), ['Size', 'Problem', 'Thing', 'ThingCreate', 'ThingPage', 'Part'])
  t.strictSame(merged.components.schemas.Thing, exampleApi().components.schemas.Thing)
  t.same(merged.tags, [{ name: 'things' }, { name: 'parts', description: 'Parts.' }])
  t.same(merged.security, [{ userId: [] }])
  t.strictSame(merged.info, info)
})

t.test('each operation names the server of its service, until one answers for all', async (t) => {
  const merged = merge(other())
  t.same(
    merged.servers,
    ['things', 'parts'].map((name) => at(name, {}).server),
  )
  t.same(merged.paths['/parts'].get.servers, [at('parts', {}).server])
  t.same(merged.paths['/things/{thingId}'].parameters, exampleApi().paths['/things/{thingId}'].parameters)
  const servers = [{ url: '/', description: 'the gateway' }]
  const behindOne: Draft = mergeDocuments([at('things', exampleApi()), at('parts', other())], { info, servers })
  t.same(behindOne.servers, servers)
  t.strictSame(behindOne.paths['/things'], exampleApi().paths['/things'])
})

t.test('a common door may ask for something else than the services', async (t) => {
  const schemes = { bearer: { type: 'http', scheme: 'bearer' } }
  const merged: Draft = mergeDocuments([at('things', exampleApi()), at('parts', other())], {
    info,
    security: { requirements: [{ bearer: [] }], schemes },
  })
  t.same(merged.security, [{ bearer: [] }])
  t.same(merged.components.securitySchemes, schemes)
  t.ok(merged.components.schemas.Thing)
})

t.test('what two services call the same but mean differently is refused by name', async (t) => {
  for (const [change, message] of [
    [(api) => (api.paths['/things'] = exampleApi().paths['/things']), 'things and parts both have the operation id listThings'],
    [(api) => (api.paths['/things'] = { get: { operationId: 'x', responses: {} } }), 'things and parts both have the path /things'],
    [(api) => (api.paths['/parts'].get.operationId = 'getThing'), 'things and parts both have the operation id getThing'],
    [(api) => api.components.schemas.Size.enum.push('HUGE'), 'things and parts differ about the component of schemas Size'],
    [(api) => (api.components.securitySchemes.userId.name = 'x'), 'things and parts differ about the component of securitySchemes userId'],
    [(api) => (api.tags[0].name = 'things'), 'things and parts differ about the tag things'],
    [(api) => (api.security = []), 'things and parts differ about the member security'],
  ] satisfies [(api: Draft) => unknown, string][]) {
    t.throws(() => merge(other(change)), { message }, message)
  }
})
