import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@crm/testing/poll.ts'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { acmeWest, isolatedEnvironment, repositoryRoot, startAllInOne } from './all-in-one.ts'

interface Customer {
  name: string
  email: string
}

t.test('every customer of the sample file becomes a lead and is QUALIFIED within a second, with one lead.qualified each', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const csv = await readFile(join(repositoryRoot, 'e2e/data/customers.csv'))
  const customers = parse<Customer>(csv, { columns: true, bom: true })
  t.equal(customers.length, 59)

  const created = await Promise.all(
    customers.map(async ({ name, email }) => {
      const { status, body } = await system.call('POST', '/v1/leads', { name, email, companyId: acmeWest })
      t.match({ status, body }, { status: 201, body: { name, email: email.toLowerCase(), status: 'NEW' } }, `${name} is created`)
      return { id: body.id, at: performance.now() }
    }),
  )
  const waits = await Promise.all(
    created.map(async ({ id, at }) => {
      await until(async () => (await system.call('GET', `/v1/leads/${id}`)).body.status === 'QUALIFIED', {
        timeoutMs: 10_000,
        what: `lead ${id} is qualified`,
      })
      return performance.now() - at
    }),
  )
  const slowest = Math.max(...waits)
  t.ok(slowest < 1_000, `the last was QUALIFIED ${Math.round(slowest)} ms after its creation`)

  const bus = await system.database('bus_db')
  const counts = await until(
    async () => {
      const rows = await bus<{ key: string; count: number }[]>`
        select convert_from(key, 'utf8') as key, count(*)::int as count from records where topic = 'lead.qualified' group by key`
      return rows.length >= 59 && rows
    },
    { timeoutMs: 10_000, what: '59 leads have their lead.qualified in the log' },
  )
  t.strictSame(counts.map(({ key }) => key).sort(), created.map(({ id }) => id).sort())
  t.ok(
    counts.every(({ count }) => count === 1),
    'one each',
  )
})
