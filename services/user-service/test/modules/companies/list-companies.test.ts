import t from 'tap'
import { companyIds, startService, unknownId } from '../../fixture.ts'

const { call, db } = await startService(t)
const { acme, west } = companyIds

const names = async (as: string, query = '') => {
  const { status, body } = await call('GET', `/v1/companies?${query}`, { as })
  return status === 200 ? body.data.map(({ name }: { name: string }) => name) : body.code
}

async function insert(companies: string[], { createdAt = new Date() } = {}): Promise<void> {
  for (const name of companies) {
    await db.sql`
      insert into companies (id, name, ancestor_ids, is_active, version, created_at, updated_at)
      values (gen_random_uuid(), ${name}, '{}', true, 1, ${createdAt}, ${createdAt})`
  }
}

t.test('a list holds what the caller may see', async (t) => {
  t.same((await names('root', 'orderBy=name')).length, 7)
  t.same(await names('acmeAdmin', 'orderBy=name'), ['acme', 'east', 'west', 'westSub'])
  t.same(await names('westAdmin', 'orderBy=-name'), ['westSub', 'west', 'acme'])
  t.same(await names('westUser', 'orderBy=name'), ['acme', 'west'])
  t.same(await names('globexAdmin'), ['globex'])
})

t.test('parentId narrows to the children of one company, and to none of one that is out of sight', async (t) => {
  t.same(await names('root', `parentId=${acme}&orderBy=name`), ['east', 'west'])
  t.same(await names('westUser', `parentId=${acme}`), ['west'])
  t.same(await names('globexAdmin', `parentId=${acme}`), [])
  t.same(await names('root', `parentId=${unknownId}`), [])
})

t.test('q finds a part of the name, whatever its case and accents, and takes wildcards as they stand', async (t) => {
  await insert(['Köhler & Söhne', 'Ελληνική Εταιρεία', '100% pure', '100 pure', 'back\\slash', 'under_score', 'underXscore', 'Straße'])
  const found = (q: string) => names('root', `q=${encodeURIComponent(q)}&orderBy=name`)
  t.same(await found('KOHLER'), ['Köhler & Söhne'])
  t.same(await found('söh'), ['Köhler & Söhne'])
  t.same(await found('ΕΛΛΗΝ'), ['Ελληνική Εταιρεία'], 'case beyond ASCII')
  t.same(await found('strasse'), ['Straße'])
  t.same(await found('00%'), ['100% pure'])
  t.same(await found('00％'), ['100% pure'], 'a full-width percent sign is no wildcard either')
  t.same(await found('r_s'), ['under_score'])
  t.same(await found('k\\s'), ['back\\slash'])
  t.same(await found(' west '), ['west', 'westSub'], 'trimmed')
  t.equal(await found('we'), 'validation_failed')
  t.equal(await found(' w '), 'validation_failed')
})

t.test('names sort as people sort them, and come in that order page by page', async (t) => {
  await insert(['zz-apfel', 'zz-Äpfel', 'zz-Apfel', 'zz-Birne', 'zz-äpfel', 'zz-birne', 'zz-Zebra'])
  for (const orderBy of ['name', '-name']) {
    const expected = await names('root', `q=zz-&orderBy=${orderBy}`)
    const paged: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await call('GET', `/v1/companies?q=zz-&limit=2&orderBy=${orderBy}${cursor && `&cursor=${cursor}`}`, { as: 'root' })
      paged.push(...body.data.map(({ name }: { name: string }) => name))
      cursor = body.page.nextCursor
    }
    t.same(paged, expected)
  }
  const sorted = await names('root', 'q=zz-&orderBy=name')
  t.ok(sorted.indexOf('zz-Äpfel') < sorted.indexOf('zz-Birne'), 'not by code points')
})

t.test('rows that are there when page one is read appear exactly once while others are inserted, also those of one instant', async (t) => {
  const createdAt = new Date('2020-01-01T00:00:00.000Z')
  const existing = Array.from({ length: 25 }, (_, n) => `yy-${n}`)
  await insert(existing, { createdAt })
  for (const orderBy of ['createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'name']) {
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await call('GET', `/v1/companies?q=yy-&limit=4&orderBy=${orderBy}${cursor && `&cursor=${cursor}`}`, { as: 'root' })
      seen.push(...body.data.map(({ name }: { name: string }) => name))
      cursor = body.page.nextCursor
      await insert([`new yy-${orderBy} early`], { createdAt: new Date('2019-01-01T00:00:00.000Z') })
      await insert([`new yy-${orderBy} late`])
    }
    const old = seen.filter((name) => name.startsWith('yy-'))
    t.same(old.length, 25, orderBy)
    t.same(new Set(old), new Set(existing), orderBy)
  }
})

t.test('a cursor belongs to its order, its filters and its caller', async (t) => {
  const { body } = await call('GET', '/v1/companies?limit=1&orderBy=name&q=west', { as: 'westAdmin' })
  const cursor = body.page.nextCursor
  t.ok(cursor)
  const next = (query: string, as = 'westAdmin') => call('GET', `/v1/companies?${query}&cursor=${cursor}`, { as })
  t.match(await next('limit=1&orderBy=name&q=west'), { status: 200, body: { data: [{ name: 'westSub' }], page: { nextCursor: null } } })
  t.equal((await next('limit=200&orderBy=name&q=west')).status, 200, 'the limit may change')
  for (const [query, as] of [
    ['orderBy=-name&q=west', 'westAdmin'],
    ['orderBy=name', 'westAdmin'],
    [`orderBy=name&q=west&parentId=${west}`, 'westAdmin'],
    ['orderBy=name&q=west', 'root'],
  ] as const) {
    t.match(await next(query, as), { status: 400, body: { code: 'invalid_cursor' } }, `${as} ${query}`)
  }
})

const refused: [string, string][] = [
  ['limit=0', '/query/limit'],
  ['limit=501', '/query/limit'],
  ['limit=ten', '/query/limit'],
  ['offset=10001', '/query/offset'],
  ['offset=-1', '/query/offset'],
  ['offset=1&cursor=abc', '/query/offset'],
  ['orderBy=isActive', '/query/orderBy'],
  ['orderBy=+name', '/query/orderBy'],
  ['parentId=acme', '/query/parentId'],
  ['includeTotal=maybe', '/query/includeTotal'],
  ['companyId=x', '/query/companyId'],
  ['q=a%00bc', '/query/q'],
]
for (const [query, pointer] of refused) {
  t.test(`?${query} is 400 at ${pointer}`, async (t) => {
    const { status, body } = await call('GET', `/v1/companies?${query}`, { as: 'root' })
    t.equal(status, 400)
    t.ok(
      body.errors.some((error: { pointer: string }) => error.pointer === pointer),
      JSON.stringify(body),
    )
  })
}

t.test('garbage for a cursor is 400 invalid_cursor', async (t) => {
  for (const cursor of ['abc', 'W10', Buffer.from('["x","y","z"]').toString('base64url')]) {
    t.match(await call('GET', `/v1/companies?cursor=${cursor}`, { as: 'root' }), { status: 400, body: { code: 'invalid_cursor' } })
  }
})

t.test('offset passes rows over, and includeTotal counts the whole list', async (t) => {
  const { body } = await call('GET', '/v1/companies?orderBy=name&offset=2&limit=1&includeTotal=true', { as: 'acmeAdmin' })
  t.match(body, { data: [{ name: 'west' }], page: { limit: 1, total: 4 } })
  t.match((await call('GET', '/v1/companies?offset=10000', { as: 'root' })).body, { data: [], page: { limit: 50, nextCursor: null } })
  t.notOk('total' in (await call('GET', '/v1/companies', { as: 'root' })).body.page)
})
