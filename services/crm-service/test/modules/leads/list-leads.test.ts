import t from 'tap'
import type { Lead } from '../../../src/modules/leads/leads.schemas.ts'
import {
  acme,
  acmeAdmin,
  acmeEast,
  acmeWest,
  admin,
  globalAdmin,
  globalTech,
  type Problem,
  startSystem,
  unknownId,
  west,
} from '../../system.ts'

interface ListAnswer extends Problem {
  data: Lead[]
  page: { limit: number; nextCursor: string | null; total?: number }
}

t.test('listing leads', async (t) => {
  const system = await startSystem(t)
  const westSub = await system.createCompany('Acme West Sub', acmeWest)
  const westAdmin = await system.createUser('PARENT_ADMIN', acmeWest)
  const list = (as: string, query = '') => system.call<ListAnswer>('GET', `/v1/leads${query}`, { as })
  const names = ({ body }: { body: ListAnswer }) => body.data.map(({ name }) => name)

  const wanted: [string, string, string][] = [
    ['Ágnes Acme', 'agnes@acme.example', acme],
    ['Bjørn 100%', 'bjorn@west.example', acmeWest],
    ['Çelik_West', 'celik@west.example', acmeWest],
    ['Dora Sub', 'dora@sub.example', westSub],
    ['eva East', 'eva@east.example', acmeEast],
    ['Fatih Global', 'fatih@global.example', globalTech],
  ]
  for (const [name, email, companyId] of wanted) {
    t.equal((await system.call('POST', '/v1/leads', { as: admin, body: { name, email, companyId } })).status, 201)
  }

  await t.test('shows each caller the leads of the companies they may read, and no others', async (t) => {
    const cases: [string, string, string[]][] = [
      ['SYSTEM_ADMIN', admin, ['Ágnes Acme', 'Bjørn 100%', 'Çelik_West', 'Dora Sub', 'eva East', 'Fatih Global']],
      ['PARENT_ADMIN of Acme', acmeAdmin, ['Ágnes Acme', 'Bjørn 100%', 'Çelik_West', 'Dora Sub', 'eva East']],
      ['PARENT_ADMIN of Acme West', westAdmin, ['Bjørn 100%', 'Çelik_West', 'Dora Sub']],
      ['CHILD_USER of Acme West', west, ['Bjørn 100%', 'Çelik_West']],
      ['PARENT_ADMIN of GlobalTech', globalAdmin, ['Fatih Global']],
    ]
    for (const [who, as, expected] of cases) t.strictSame(names(await list(as, '?orderBy=name')), expected, who)
  })

  await t.test('narrows by company and widens by descendants, never beyond the scope', async (t) => {
    const cases: [string, string, string, string[]][] = [
      ['one company', acmeAdmin, `companyId=${acmeWest}`, ['Bjørn 100%', 'Çelik_West']],
      ['with those below', acmeAdmin, `companyId=${acmeWest}&includeDescendants=true`, ['Bjørn 100%', 'Çelik_West', 'Dora Sub']],
      [
        'the own company with those below',
        westAdmin,
        `companyId=${acmeWest}&includeDescendants=true`,
        ['Bjørn 100%', 'Çelik_West', 'Dora Sub'],
      ],
      [
        'a tree, by the SYSTEM_ADMIN',
        admin,
        `companyId=${acme}&includeDescendants=true`,
        ['Ágnes Acme', 'Bjørn 100%', 'Çelik_West', 'Dora Sub', 'eva East'],
      ],
      ['a CHILD_USER sees none below', west, `companyId=${acmeWest}&includeDescendants=true`, ['Bjørn 100%', 'Çelik_West']],
      ['the company above', westAdmin, `companyId=${acme}&includeDescendants=true`, []],
      ['a company outside the scope', globalAdmin, `companyId=${acmeWest}&includeDescendants=true`, []],
      ['a company that is not there', admin, `companyId=${unknownId}`, []],
    ]
    for (const [what, as, query, expected] of cases) t.strictSame(names(await list(as, `?orderBy=name&${query}`)), expected, what)
  })

  await t.test('finds a part of name or email whatever its case and accents; wildcards stand for themselves', async (t) => {
    const cases: [string, string[]][] = [
      ['AGNES', ['Ágnes Acme']],
      ['çel', ['Çelik_West']],
      ['CELIK', ['Çelik_West']],
      ['bjorn', ['Bjørn 100%']],
      ['@west.ex', ['Bjørn 100%', 'Çelik_West']],
      ['100%', ['Bjørn 100%']],
      ['k_w', ['Çelik_West']],
      ['l%k', []],
      ['a_a', []],
      ['100%bjorn', []],
    ]
    for (const [q, expected] of cases) t.strictSame(names(await list(acmeAdmin, `?orderBy=name&q=${encodeURIComponent(q)}`)), expected, q)
    t.match(await list(west, '?q=ab'), { status: 400, body: { errors: [{ pointer: '/query/q' }] } }, 'fewer than three characters')
    t.match(await list(west, '?q=ab%00c'), { status: 400 }, 'a NUL')
  })

  await t.test('filters by status, counts on request, and pages to the end', async (t) => {
    t.equal((await list(acmeAdmin, '?status=NEW')).body.data.length, 5)
    t.equal((await list(acmeAdmin, '?status=QUALIFIED')).body.data.length, 0)
    const seen: string[] = []
    let query = '?orderBy=-name&limit=2&includeTotal=true'
    for (;;) {
      const { body } = await list(acmeAdmin, query)
      t.equal(body.page.total, 5)
      seen.push(...body.data.map(({ name }) => name))
      if (body.page.nextCursor === null) break
      query = `?orderBy=-name&limit=2&includeTotal=true&cursor=${body.page.nextCursor}`
    }
    t.strictSame(seen, ['eva East', 'Dora Sub', 'Çelik_West', 'Bjørn 100%', 'Ágnes Acme'])
    const { body } = await list(acmeAdmin, '?limit=2')
    for (const [what, as, other] of [
      ['another order', acmeAdmin, 'orderBy=name'],
      ['another filter', acmeAdmin, `companyId=${acme}`],
      ['another caller', admin, ''],
    ] as const) {
      t.match(await list(as, `?limit=2&${other}&cursor=${body.page.nextCursor}`), { status: 400, body: { code: 'invalid_cursor' } }, what)
    }
  })

  await t.test('refuses parameters it does not know and values it does not have', async (t) => {
    for (const query of [
      'page=2',
      'limit=0',
      'limit=501',
      'limit=abc',
      'orderBy=email',
      'status=new',
      'companyId=x',
      'offset=10001',
      'limit=1&limit=2',
      'expand=owner',
      'includeDescendants=true',
    ]) {
      t.match(await list(west, `?${query}`), { status: 400, body: { code: 'validation_failed' } }, query)
    }
  })

  await t.test('names the companies of a page with one question, however many rows there are', async (t) => {
    for (let index = 0; index < 60; index++) {
      await system.call('POST', '/v1/leads', { as: west, body: { name: 'Many', email: `many${index}@west.example`, companyId: acmeWest } })
    }
    const before = system.userService.requests().length
    const { body } = await list(acmeAdmin, '?limit=500&expand=company')
    const asked = system.userService.requests().slice(before)
    t.ok(body.data.length > 60)
    t.ok(body.data.every(({ company, companyId }) => company?.id === companyId && company.name !== null))
    t.equal(asked.filter((request) => request === 'POST /v1/companies/resolve').length, 1)
    const [one] = body.data
    const got = await system.call('GET', `/v1/leads/${one?.id}?expand=company`, { as: acmeAdmin })
    t.same(got.body, one)
    t.equal(got.headers.etag, `"${one?.version}"`)
  })
})
