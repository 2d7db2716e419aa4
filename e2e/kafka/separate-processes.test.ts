import { acmeWest, west } from '@crm/testing/all-in-one.ts'
import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { clientOf, patient } from '../client.ts'
import { complaintsIn } from '../complaints.ts'
import { sampleCustomers } from '../data/sample-customers.ts'
import { readTopic } from '../faults/topics.ts'
import { startProcesses } from './start-processes.ts'

const timeoutMs = 60_000

t.test(
  'each process alone, over PostgreSQL and Kafka: every customer of the sample file becomes QUALIFIED, once',
  needsKafka,
  async (t) => {
    // One of its own: the topics have the product's names.
    const { brokers } = await startTestKafka(t)
    const system = await startProcesses(t, brokers)
    const crm = clientOf(system, west, patient)
    const customers = await sampleCustomers()
    t.equal(customers.length, 59)
    const began = performance.now()
    const created = await Promise.all(
      customers.map(async ({ name, email }) => {
        const { id } = await crm.leads.create({ name, email, companyId: acmeWest })
        return id
      }),
    )
    const qualified = async () => {
      const { page } = await crm.leads.list({ status: 'QUALIFIED', includeTotal: true })
      return page.total
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
    for (const process of system.processes.toReversed()) {
      t.match(await process.stop('SIGTERM'), { code: 0, signal: null }, process.output())
      if (!t.strictSame(complaintsIn(process.output()), [], 'no warning and no error was logged')) t.comment(process.output())
    }
  },
)
