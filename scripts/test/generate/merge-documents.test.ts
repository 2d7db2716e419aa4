import { asDocument, type JsonObject } from '@crm/openapi/json.ts'
import t from 'tap'
import { type MergedService, mergeDocuments } from '../../generate/merge-documents.ts'
import { type Changes, changed, partAt } from '../contract/changed.ts'
import { exampleApi } from '../contract/example-documents.ts'

const thing = '/paths/~1things~1{thingId}'
const info = { title: 'All', version: '1.0.0' }
const at = (name: string, document: JsonObject): MergedService => ({
  name,
  document,
  server: { url: `http://${name}`, description: name },
})
const things = () => changed(exampleApi(), { '/tags': [{ name: 'things' }] })

/** An API of the same form in which nothing is called as in the first but what `shared` leaves. */
function other(changes: Changes = {}): JsonObject {
  const parts = { get: { operationId: 'listParts', tags: ['parts'], responses: { 200: { description: 'Parts.' } } } }
  const document = changed(exampleApi(), {
    '/tags': [{ name: 'parts', description: 'Parts.' }],
    '/paths': { '/parts': parts },
    '/components/schemas/Thing': undefined,
    '/components/schemas/ThingCreate': undefined,
    '/components/schemas/ThingPage': undefined,
    '/components/schemas/Part': { type: 'object' },
  })
  return changed(document, changes)
}

function merge(document: JsonObject): JsonObject {
  return mergeDocuments([at('things', things()), at('parts', document)], { info })
}

t.test('the paths of all services, with components and tags that they share once', async (t) => {
  const merged = merge(other())
  t.strictSame(Object.keys(merged.paths ?? {}), ['/things', '/things/{thingId}', '/parts'])
  t.strictSame(Object.keys(partAt(merged, '/components/schemas') ?? {}), ['Size', 'Problem', 'Thing', 'ThingCreate', 'ThingPage', 'Part'])
  t.strictSame(partAt(merged, '/components/schemas/Thing'), partAt(exampleApi(), '/components/schemas/Thing'))
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
  t.same(partAt(merged, '/paths/~1parts/get/servers'), [at('parts', {}).server])
  t.same(partAt(merged, `${thing}/parameters`), partAt(exampleApi(), `${thing}/parameters`))
  const servers = [{ url: '/', description: 'the gateway' }]
  const behindOne = mergeDocuments([at('things', exampleApi()), at('parts', other())], { info, servers })
  t.same(behindOne.servers, servers)
  t.notOk('servers' in asDocument(partAt(behindOne, '/paths/~1things/get'), 'it'))
  t.equal(partAt(behindOne, '/paths/~1things/get/x-service'), 'things', 'who answers is said all the same')
})

t.test('a common door may ask for something else than the services', async (t) => {
  const schemes = { bearer: { type: 'http', scheme: 'bearer' } }
  const merged = mergeDocuments([at('things', exampleApi()), at('parts', other())], {
    info,
    security: { requirements: [{ bearer: [] }], schemes },
  })
  t.same(merged.security, [{ bearer: [] }])
  t.same(partAt(merged, '/components/securitySchemes'), schemes)
  t.ok(partAt(merged, '/components/schemas/Thing'))
})

t.test('what two services call the same but mean differently is refused by name', async (t) => {
  const things = '/paths/~1things'
  for (const [changes, message] of [
    [{ [things]: partAt(exampleApi(), things) }, 'things and parts both have the operation id listThings'],
    [{ [things]: { get: { operationId: 'x', responses: {} } } }, 'things and parts both have the path /things'],
    [{ '/paths/~1parts/get/operationId': 'getThing' }, 'things and parts both have the operation id getThing'],
    [{ '/components/schemas/Size/enum/-': 'HUGE' }, 'things and parts differ about the component of schemas Size'],
    [{ '/components/securitySchemes/userId/name': 'x' }, 'things and parts differ about the component of securitySchemes userId'],
    [{ '/tags/0/name': 'things' }, 'things and parts differ about the tag things'],
    [{ '/security': [] }, 'things and parts differ about the member security'],
  ] satisfies [Changes, string][]) {
    t.throws(() => merge(other(changes)), { message }, message)
  }
})
