import { acmeWest, west } from '@crm/testing/all-in-one.ts'
import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import type { BusRecord } from '../../packages/events/src/bus/bus.ts'
import { openBus } from '../../packages/events/src/bus/open-bus.ts'
import { startProcesses } from './start-processes.ts'

const timeoutMs = 60_000
const requestId = 'request-to-follow'
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const quiet = () => {}
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }

const namesIn = ({ headers }: BusRecord) => ({ requestId: String(headers.ce_requestid), traceparent: String(headers.traceparent) })

t.test("a request's id and trace reach its event, the consumer's log, and the event that the consumer writes", needsKafka, async (t) => {
  const { brokers } = await startTestKafka(t)
  const { processes, crmUrl } = await startProcesses(t, brokers, { workerLogLevel: 'info' })
  const headers = { 'x-user-id': west, 'content-type': 'application/json', 'x-request-id': requestId, traceparent }
  const body = JSON.stringify({ name: 'Leonie Köhler', email: 'leonie@example.com', companyId: acmeWest })
  const answer = await fetch(`${crmUrl}/v1/leads`, { method: 'POST', headers, body })
  t.equal(answer.status, 201)
  const { id } = (await answer.json()) as { id: string }

  const handled = () =>
    processes[2]
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
