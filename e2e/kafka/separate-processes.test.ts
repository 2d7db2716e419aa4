import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { acmeWest, repositoryRoot, west } from '@crm/testing/all-in-one.ts'
import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { readTopic } from '../faults/topics.ts'
import { startProcesses } from './start-processes.ts'

const timeoutMs = 60_000

interface Customer {
  name: string
  email: string
}

interface Lead {
  id: string
  status: string
}

t.test(
  'each process alone, over PostgreSQL and Kafka: every customer of the sample file becomes QUALIFIED, once',
  needsKafka,
  async (t) => {
    // One of its own: the topics have the product's names.
    const { brokers } = await startTestKafka(t)
    const { processes, crmUrl } = await startProcesses(t, brokers)
    const customers = parse<Customer>(await readFile(join(repositoryRoot, 'e2e/data/customers.csv')), { columns: true, bom: true })
    t.equal(customers.length, 59)
    const headers = { 'x-user-id': west, 'content-type': 'application/json' }
    const began = performance.now()
    const created = await Promise.all(
      customers.map(async ({ name, email }) => {
        const body = JSON.stringify({ name, email, companyId: acmeWest })
        const answer = await fetch(`${crmUrl}/v1/leads`, { method: 'POST', headers, body })
        t.equal(answer.status, 201, name)
        return ((await answer.json()) as Lead).id
      }),
    )
    const qualified = async () => {
      const answer = await fetch(`${crmUrl}/v1/leads?status=QUALIFIED&limit=500`, { headers: { 'x-user-id': west } })
      return ((await answer.json()) as { data: Lead[] }).data.length
    }
    await until(async () => (await qualified()) === 59, { timeoutMs, what: '59 leads are QUALIFIED' })
    t.comment(`59 leads created and QUALIFIED within ${Math.round(performance.now() - began)} ms`)

    const records = await until(
      async () => {
        const read = await readTopic(brokers, 'lead.qualified')
        return read.length >= 59 && read
      },
      { timeoutMs, what: '59 records in lead.qualified' },
    )
    t.strictSame(records.map(({ key }) => key).sort(), created.toSorted(), 'one lead.qualified each')
    for (const process of processes.toReversed()) {
      t.match(await process.stop('SIGTERM'), { code: 0, signal: null }, process.output())
      t.equal(process.output(), '', 'no warning and no error was logged')
    }
  },
)
