import { acmeWest, west } from '@crm/testing/all-in-one.ts'
import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import type { BusRecord } from '../../packages/events/src/bus/bus.ts'
import { openBus } from '../../packages/events/src/bus/open-bus.ts'
import { clientOf, patient } from '../client.ts'
import { startProcesses } from './start-processes.ts'

const timeoutMs = 60_000
const requestId = 'request-to-follow'
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const quiet = () => {}
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }

const namesIn = ({ headers }: BusRecord) => ({ requestId: String(headers.ce_requestid), traceparent: String(headers.traceparent) })

t.test("a request's id and trace reach its event, the consumer's log, and the event that the consumer writes", needsKafka, async (t) => {
  const { brokers } = await startTestKafka(t)
  const system = await startProcesses(t, brokers, { workerLogLevel: 'info' })
  const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: acmeWest }
  const { id } = await clientOf(system, west, patient).leads.create(lead, { requestId, headers: { traceparent } })

  const handled = () =>
    system.processes[2]
      ?.stdout()
      .split('\n')
      .find((line) => line.includes('event handled'))
  const line: unknown = JSON.parse(await until(handled, { timeoutMs, what: 'the line of the worker' }))
  t.match(line, { service: 'crm-worker', group: 'crm-worker.qualify-lead', topic: 'lead.created', recordId: id, requestId, traceparent })

  const bus = openBus({ kafka: { brokers: [brokers] }, logger })
  t.teardown(() => bus.close())
  for (const topic of ['lead.created', 'lead.qualified']) {
    const read: BusRecord[] = []
    const oneThere = async () => {
      await bus.read(topic, (records) => void read.push(...records))
      return read.length > 0
    }
    await until(oneThere, { timeoutMs, what: `the event in ${topic}` })
    t.strictSame(read.map(namesIn), [{ requestId, traceparent }], topic)
  }
})
