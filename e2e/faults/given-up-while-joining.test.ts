import { setTimeout as sleep } from 'node:timers/promises'
import { needsKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import type { BusMessage } from '../../packages/events/src/bus/bus.ts'
import { askedBehaviour, asking } from './consumers/asking.ts'
import { earlyMisses, openKafka } from './consumers/buses.ts'
import { churn } from './consumers/churn.ts'
import type { ListedDeadLetter } from './consumers/dlq.ts'
import { asOrdered, findEntryFaults, headerOf, interleaved, leadHistory } from './consumers/lead-histories.ts'
import { createdMessage } from './consumers/lead-messages.ts'
import { malformedMessages } from './consumers/malformed.ts'
import type { Publish } from './consumers/producer.ts'
import { findOrderFaults } from './counting/order.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { scaled } from './scale.ts'

const { ofEachKind, killers, healthy, malformed, processes, leaves } = scaled({
  short: { ofEachKind: 4, killers: 1, healthy: 60, malformed: 34, processes: 3, leaves: { forMs: 5_000, leavesAtLeast: 3 } },
  long: { ofEachKind: 40, killers: 10, healthy: 1_000, malformed: 340, processes: 4, leaves: { forMs: 30_000, leavesAtLeast: 20 } },
})
const versions = 5
const bad = 3
const slices = 20
const retry = { baseMs: 10, maxMs: 50 }

/** What is given up, how many there are of it, and what its dead letters say. */
const hopeless = {
  [asking.failForGood]: { count: ofEachKind, attempts: 1, errorClass: 'PermanentError' },
  [asking.failAlways]: { count: ofEachKind, attempts: 5, errorClass: 'TypeError' },
  [asking.killTheProcess]: { count: killers, attempts: 3, errorClass: 'ProcessCrash' },
}

/** Publishes a part after the other while the consumers come and go, so that all of them meet all kinds. */
async function publishMeanwhile(publish: Publish, messages: readonly BusMessage[]): Promise<void> {
  const length = Math.ceil(messages.length / slices)
  for (let at = 0; at < messages.length; at += length) {
    await publish(messages.slice(at, at + length))
    await sleep(leaves.forMs / slices)
  }
}

function described({ eventId, attempts, errorClass }: Pick<ListedDeadLetter, 'eventId' | 'attempts' | 'errorClass'>): string {
  return `${eventId}: ${errorClass} after ${attempts}`
}

t.test(
  'messages given up while consumers join and leave each become one dead letter, and every other has its effect once, in order',
  needsKafka,
  async (t) => {
    const began = performance.now()
    const { place, publish, dlq } = await openKafka(t, earlyMisses)
    const types = ['lead.created', 'lead.updated']
    const ledger = await startLedger(t, { ...place, types, processes, behaviour: askedBehaviour, retry, killsItself: true })
    const asked = Object.entries(hopeless).flatMap(([name, { count, ...says }]) =>
      Array.from({ length: count }, () => ({ ...leadHistory(versions, { version: bad, name }), says })),
    )
    const histories = [...asked, ...Array.from({ length: healthy }, () => leadHistory(versions))]
    const created = Array.from({ length: malformed }, () => createdMessage())
    const unreadable = malformedMessages(malformed)
    const all = interleaved([...histories.map(({ messages }) => messages), ...[...created, ...unreadable].map((message) => [message])])

    const [left] = await Promise.all([churn(ledger.processes, leaves), publishMeanwhile(publish, all)])
    await ledger.settled()

    const givenUp = asked.flatMap(({ messages, says }) =>
      messages.slice(bad - 1, bad).map((message) => ({ eventId: headerOf(message, 'ce_id'), ...says })),
    )
    const ids = new Set(givenUp.map(({ eventId }) => eventId))
    const good = [...histories.flatMap(({ messages }) => messages), ...created].filter((message) => !ids.has(headerOf(message, 'ce_id')))
    const letters = Map.groupBy(await dlq.list(), ({ topic }) => topic)
    const [ofCreated = [], ofUpdated = []] = types.map((type) => letters.get(type) ?? [])
    const entries = await ledger.entries()
    const faults = findEntryFaults(good, entries)
    const { broken } = findOrderFaults(entries.map(asOrdered))
    const deaths = ledger.processes.reduce((sum, process) => sum + (process.ends().get('SIGKILL') ?? 0), 0)
    const fault = `${malformed} malformed, ${2 * ofEachKind} failing and ${killers} killing messages while consumers leave and join, ${left} times`
    printFigures(t, fault, {
      'dead letters': ofCreated.length + ofUpdated.length,
      'good effects': `${entries.length} of ${good.length}`,
      lost: faults.missing.length,
      doubled: faults.doubled.length,
      'order broken': broken.length,
      'processes killed': deaths,
      'records delivered again': (await ledger.redeliveries()).ofRecords,
      in: secondsSince(began),
    })
    t.strictSame(ofUpdated.map(described).sort(), givenUp.map(described).sort(), 'what cannot be handled is a dead letter, once')
    t.equal(ofCreated.length, malformed, 'and so is what cannot be read')
    t.ok(
      ofCreated.every(({ errorClass, attempts }) => errorClass === 'MalformedEventError' && attempts === 1),
      'for being malformed, at once',
    )
    t.strictSame(faults, { missing: [], doubled: [], unexpected: [] })
    t.strictSame(broken, [])
    t.ok(deaths >= 3 && deaths <= 3 * killers, `${deaths} processes were killed, no more than 3 by each message`)
    for (const process of ledger.processes) t.strictSame(process.crashes(), [])
  },
)
