import { inArray } from 'drizzle-orm'
import t from 'tap'
import { encodeCursor } from '../../src/paging/cursor.ts'
import type { Page, PageRequest } from '../../src/paging/keyset.ts'
import { listedThings, makeThings, type Thing, things } from './listed-things.ts'

type List = (request: PageRequest) => Promise<Page<Thing>>

/** Follows nextCursor to the end; `between` runs after each page. */
async function walk(list: List, request: PageRequest, between: (page: number) => Promise<unknown> = async () => {}) {
  const pages: Page<Thing>[] = []
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page = await list({ ...request, ...(cursor !== undefined && { cursor }) })
    pages.push(page)
    cursor = page.page.nextCursor
    await between(pages.length)
  }
  return { pages, rows: pages.flatMap((page) => page.data) }
}

const idsOf = (rows: { id: string }[]) => rows.map((row) => row.id)
const orders = ['createdAt', '-createdAt', 'name', '-name']
const thousand = makeThings(1000)

t.test('a walk through 1,000 rows with many ties, 7 at a time', async (t) => {
  const { list } = await listedThings(t, thousand)
  const { data: unpaged } = await list({ orderBy: 'name', limit: 1000 })
  t.ok(
    idsOf(unpaged).join() !== idsOf([...unpaged].sort((a, b) => (a.name < b.name ? -1 : 1))).join(),
    'the collation orders otherwise than code units',
  )
  for (const orderBy of orders) {
    await t.test(`meets each once and in order by ${orderBy}`, async (t) => {
      const { pages, rows } = await walk(list, { orderBy, limit: 7 })
      const { data: inOrder } = await list({ orderBy, limit: 1000 })
      t.strictSame(idsOf(rows), idsOf(inOrder))
      t.strictSame(idsOf(rows).sort(), idsOf(thousand).sort())
      t.equal(pages.length, Math.ceil(1000 / 7))
      t.equal(pages.at(-1)?.page.nextCursor, null)
    })
  }
})

for (const orderBy of orders) {
  t.test(`rows that are there from page one appear once by ${orderBy}, though others come and go between the pages`, async (t) => {
    const [staying, leaving] = [thousand.slice(0, 800), thousand.slice(800)]
    const { db, list } = await listedThings(t, thousand)
    const { rows } = await walk(list, { orderBy, limit: 7 }, async (page) => {
      const gone = leaving.slice((page - 1) * 4, page * 4)
      if (gone.length > 0) await db.orm.delete(things).where(inArray(things.id, idsOf(gone)))
      // Half as many come as a page holds, with times and names among all the others, so the walk still ends.
      await db.orm.insert(things).values(makeThings(1000).slice(page % 900, (page % 900) + 3))
    })
    const seen = new Set(idsOf(staying))
    t.strictSame(
      idsOf(rows)
        .filter((id) => seen.has(id))
        .sort(),
      idsOf(staying).sort(),
    )
    t.equal(new Set(idsOf(rows)).size, rows.length, 'no row appears twice')
  })
}

t.test('the last page says so, also when it is full', async (t) => {
  const { list } = await listedThings(t, makeThings(20))
  const cases = [
    { limit: 20, count: 20, more: false },
    { limit: 21, count: 20, more: false },
    { limit: 19, count: 19, more: true },
  ]
  for (const { limit, count, more } of cases) {
    const { data, page } = await list({ limit })
    t.equal(data.length, count, `limit ${limit}`)
    t.equal(page.limit, limit)
    t.equal(page.nextCursor !== null, more, `limit ${limit}: ${more ? 'there is more' : 'this is all'}`)
  }
})

t.test('an empty list is one page without a cursor', async (t) => {
  const { list } = await listedThings(t, [])
  t.strictSame(await list({ includeTotal: true }), { data: [], page: { limit: 50, nextCursor: null, total: 0 } })
})

t.test('without being asked otherwise a page has 50 rows, the newest first, and no total', async (t) => {
  const { list } = await listedThings(t, makeThings(100))
  const { data, page } = await list({})
  t.equal(data.length, 50)
  t.strictSame(idsOf(data), idsOf((await list({ orderBy: '-createdAt' })).data))
  t.ok((data[0]?.createdAt ?? 0) > (data.at(-1)?.createdAt ?? 0))
  t.strictSame(Object.keys(page), ['limit', 'nextCursor'])
})

t.test('includeTotal counts the whole list on every page', async (t) => {
  const { list } = await listedThings(t, makeThings(20))
  const { pages } = await walk(list, { limit: 6, includeTotal: true })
  t.strictSame(
    pages.map(({ page }) => page.total),
    [20, 20, 20, 20],
  )
})

t.test('an offset passes over rows, and its cursor goes on from there', async (t) => {
  const { list } = await listedThings(t, makeThings(20))
  const all = idsOf((await list({})).data)
  const first = await list({ offset: 5, limit: 5 })
  t.strictSame(idsOf(first.data), all.slice(5, 10))
  const second = await list({ limit: 100, cursor: first.page.nextCursor ?? '' })
  t.strictSame(idsOf(second.data), all.slice(10))
  t.strictSame(await list({ offset: 100 }), { data: [], page: { limit: 50, nextCursor: null } })
})

t.test('a cursor together with an offset is refused, offset 0 as well', async (t) => {
  const { list } = await listedThings(t, makeThings(20))
  const { page } = await list({ limit: 5 })
  for (const offset of [0, 5]) {
    await t.rejects(list({ cursor: page.nextCursor ?? '', offset }), {
      code: 'validation_failed',
      errors: [{ pointer: '/query/offset', message: /together with cursor/ }],
    })
  }
})

t.test('a cursor of another order or caller is refused', async (t) => {
  const { list } = await listedThings(t, makeThings(20))
  const cursor = (await list({ limit: 5 })).page.nextCursor ?? ''
  await t.rejects(list({ cursor, orderBy: 'createdAt' }), { code: 'invalid_cursor', status: 400 })
  await t.rejects(list({ cursor, orderBy: 'name' }), { code: 'invalid_cursor' })
  await t.rejects(list({ cursor }, 'other'), { code: 'invalid_cursor' })
})

t.test('a cursor whose time the database would not read is invalid, not an error of the server', async (t) => {
  const { list } = await listedThings(t, makeThings(20))
  const binding = { orderBy: '-createdAt', filters: {}, callerId: 'caller' }
  const { id } = makeThings(20)[0] ?? { id: '' }
  const keys = ['', 'now', 'infinity', '2026', '2026-02-31T00:00:00.000Z', '0000-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.000Z']
  for (const key of keys) await t.rejects(list({ cursor: encodeCursor({ key, id }, binding) }), { code: 'invalid_cursor' }, `"${key}"`)
  const { data } = await list({ cursor: encodeCursor({ key: '9999-12-31T23:59:59.999Z', id }, binding) })
  t.equal(data.length, 20, 'the last time of all is read')
})
