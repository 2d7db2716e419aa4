import t from 'tap'
import { companyIds, startService, unknownId } from '../../fixture.ts'

const { call } = await startService(t)
const { acme, west, westSub, east, globex, closed, closedChild } = companyIds
const resolve = (as: string, body: object) => call('POST', '/v1/companies/resolve', { as, body })

t.test('ids are answered in their order, as often as they come, with names only of companies the caller may see', async (t) => {
  const { status, body } = await resolve('westUser', { ids: [globex, unknownId, west, closed, closedChild, westSub, acme, west] })
  t.equal(status, 200)
  t.strictSame(body, {
    data: [
      { id: globex, exists: true, isActive: true, name: null },
      { id: unknownId, exists: false, isActive: false, name: null },
      { id: west, exists: true, isActive: true, name: 'west' },
      { id: closed, exists: true, isActive: false, name: null },
      { id: closedChild, exists: true, isActive: false, name: null },
      { id: westSub, exists: true, isActive: true, name: null },
      { id: acme, exists: true, isActive: true, name: 'acme' },
      { id: west, exists: true, isActive: true, name: 'west' },
    ],
  })
})

t.test('a SYSTEM_ADMIN learns every name', async (t) => {
  const { body } = await resolve('root', { ids: [globex, closedChild] })
  t.match(body.data, [{ name: 'globex' }, { name: 'closedChild', isActive: false }])
})

t.test('descendants are those the caller may see', async (t) => {
  const descendants = async (as: string, id: string) =>
    (await resolve(as, { ids: [id], includeDescendants: true })).body.data[0].descendantIds
  t.strictSame(await descendants('root', acme), [west, westSub, east])
  t.strictSame(await descendants('westAdmin', acme), [west, westSub])
  t.strictSame(await descendants('westUser', acme), [west])
  t.strictSame(await descendants('globexAdmin', acme), [])
  t.strictSame(await descendants('root', unknownId), [])
})

t.test('200 ids are answered, 201 are refused, none are fine', async (t) => {
  const { status, body } = await resolve('root', { ids: Array(200).fill(acme) })
  t.match({ status, count: body.data.length }, { status: 200, count: 200 })
  t.match(await resolve('root', { ids: Array(201).fill(acme) }), { status: 400, body: { errors: [{ pointer: '/body/ids' }] } })
  t.strictSame((await resolve('root', { ids: [] })).body, { data: [] })
})

t.test('ids in upper case are the same ids', async (t) => {
  const { body } = await resolve('root', { ids: [acme.toUpperCase()] })
  t.match(body.data, [{ id: acme, exists: true, name: 'acme' }])
})
