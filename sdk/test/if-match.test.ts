import t from 'tap'
import { CrmPreconditionFailedError, createCrmClient } from '../src/index.ts'
import { hangUp, json, problem, type ScriptedServer, startScriptedServer } from './scripted-server.ts'

const changed = (etag?: string) => problem(412, 'precondition_failed', etag === undefined ? {} : { etag })

function keysOf({ requests }: ScriptedServer) {
  return requests.filter(({ method }) => method !== 'GET').map(({ headers }) => headers['idempotency-key'])
}

t.test('a record that changes each time is given up after five more requests', async (t) => {
  const server = await startScriptedServer(t, changed('"9"'))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
  const call = crm.leads.update('a', { name: 'Leo' }, { ifMatch: { version: 8 }, onConflict: 'overwrite', maxRetries: 0 })
  await t.rejects(call, CrmPreconditionFailedError)
  t.same(
    server.requests.map(({ headers }) => headers['if-match']),
    ['"8"', ...Array.from({ length: 5 }, () => '"9"')],
  )
})

t.test('where a refusal does not tell the version, overwrite asks for the record', async (t) => {
  const server = await startScriptedServer(t, changed(), json(200, { version: 4 }), json(200, { version: 5 }))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
  t.same(await crm.leads.restore('a', { ifMatch: '"3"', onConflict: 'overwrite' }), { version: 5 })
  t.same(
    server.requests.map(({ method, path, headers }) => [method, path, headers['if-match']]),
    [
      ['POST', '/v1/leads/a/restore', '"3"'],
      ['GET', '/v1/leads/a', undefined],
      ['POST', '/v1/leads/a/restore', '"4"'],
    ],
  )
  t.equal(server.requests[1]?.headers['idempotency-key'], undefined)
})

t.test(
  'a tag that was weakened on its way guards a write all the same: If-Match is sent strong, by the version where it is known',
  async (t) => {
    const taken = json(200, { version: 6 })
    const scripts = {
      'of a record that was read': { onConflict: () => ({}), steps: [changed(), json(200, { version: 5 }, { etag: 'W/"5"' }), taken] },
      'of one whose tag was changed': {
        onConflict: () => ({}),
        steps: [changed(), json(200, { version: 5 }, { etag: '"5-gzip"' }), taken],
      },
      'of one without a version': { onConflict: () => ({}), steps: [changed(), json(200, {}, { etag: 'W/"5"' }), taken] },
      'of a refusal': { onConflict: 'overwrite', steps: [changed('W/"5"'), taken] },
    } as const
    for (const [name, { onConflict, steps }] of Object.entries(scripts)) {
      const server = await startScriptedServer(t, ...steps)
      const { leads } = createCrmClient({ baseUrl: server.url, userId: 'u' })
      t.same(await leads.update('a', {}, { ifMatch: 'W/"4"', onConflict }), { version: 6 }, name)
      const writes = server.requests.filter(({ method }) => method !== 'GET')
      t.strictSame(
        writes.map(({ headers }) => headers['if-match']),
        ['"4"', '"5"'],
        name,
      )
    }
  },
)

t.test('only what makes a tag weak is left out of it', async (t) => {
  const server = await startScriptedServer(t, json(200, { version: 1 }))
  const { leads } = createCrmClient({ baseUrl: server.url, userId: 'u' })
  await leads.update('a', {}, { ifMatch: 'W/"aW/", "W/", W/"b"' })
  t.equal(server.requests[0]?.headers['if-match'], '"aW/", "W/", "b"')
})

t.test('what is decided anew has a key of its own, made from the one that was given, and keeps it when it is sent again', async (t) => {
  const script = [changed('"2"'), hangUp, changed('"3"'), json(200, { version: 4 })]
  const keys = async (idempotencyKey: string, name = 'Leo') => {
    const server = await startScriptedServer(t, ...script)
    const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
    await crm.leads.update('a', { name }, { ifMatch: '"1"', onConflict: 'overwrite', idempotencyKey })
    return keysOf(server)
  }
  const [first, second, again, third, ...others] = await keys('import-7')
  t.equal(first, 'import-7')
  t.match(second, /^import-7\.[0-9a-f]{16}$/)
  t.equal(again, second)
  t.match(third, /^import-7\.[0-9a-f]{16}$/)
  t.equal(new Set([first, second, third]).size, 3)
  t.same(others, [])
  t.same(await keys('import-7'), [first, second, again, third], 'the same decisions have the same keys')
  t.notSame((await keys('import-7', 'Leonie'))[1], second)

  const longest = `${'~'.repeat(254)}!`
  const [, long] = await keys(longest)
  const [, other] = await keys(`${'~'.repeat(254)}"`)
  t.match(long, /^[\x21-\x7e]{255}$/)
  t.not(long, other)
})

t.test('what cannot guard a write, or resolve its conflict, is refused before anything is sent', async (t) => {
  const server = await startScriptedServer(t, json(200, { version: 1 }))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
  // As JavaScript would give them.
  const update = (options: object): Promise<unknown> => Reflect.apply(crm.leads.update, undefined, ['a', { name: 'Leo' }, options])
  for (const ifMatch of ['', ' ', '3', '"3', '"3" 4', {}, { version: undefined }, { version: '1' }, null])
    await t.rejects(update({ ifMatch }), { name: 'TypeError', message: /^ifMatch must be a record/ }, JSON.stringify(ifMatch))
  for (const ifMatch of ['"3"', 'W/"3"', '*', '"3", W/"4"']) await update({ ifMatch })
  t.same(
    server.requests.splice(0).map(({ headers }) => headers['if-match']),
    ['"3"', '"3"', '*', '"3", "4"'],
  )
  await t.rejects(update({ onConflict: 'overwrite' }), { name: 'TypeError', message: 'onConflict needs ifMatch' })
  await t.rejects(update({ ifMatch: '"1"', onConflict: 'refetch' }), { name: 'TypeError', message: /^onConflict must be/ })
  t.equal(server.requests.length, 0)
})
