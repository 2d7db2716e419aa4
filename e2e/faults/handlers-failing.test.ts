import { needsKafka } from '@crm/testing/kafka.ts'
import t, { type Test } from 'tap'
import { askedBehaviour, asking } from './consumers/asking.ts'
import { openEmbedded, openKafka, type TestBus } from './consumers/buses.ts'
import { asOrdered, findEntryFaults, headerOf, interleaved, type LeadHistory, leadHistory } from './consumers/lead-histories.ts'
import { findOrderFaults } from './counting/order.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { long, scaled } from './scale.ts'

const { others, ofEachKind } = scaled({ short: { others: 60, ofEachKind: 2 }, long: { others: 1_000, ofEachKind: 10 } })
const versions = 5
const failing = 3
const retry = { baseMs: 10, maxMs: 50 }

/** What is given up, and after how many attempts. */
const limits = { [asking.failAlways]: 5, [asking.failAlwaysRetryable]: 20, [asking.failForGood]: 1 }

async function survivesFailures(t: Test, onBus: string, { place, publish, dlq }: TestBus): Promise<void> {
  const began = performance.now()
  const asked = (name: string) => Array.from({ length: ofEachKind }, () => leadHistory(versions, { version: failing, name }))
  const passing = asked(asking.fail3Times)
  const hopeless = Object.keys(limits).map((name) => ({ name, histories: asked(name) }))
  const healthy = Array.from({ length: others }, () => leadHistory(versions))
  const all = [...passing, ...healthy, ...hopeless.flatMap(({ histories }) => histories)]

  const ledger = await startLedger(t, { ...place, types: ['lead.updated'], behaviour: askedBehaviour, retry })
  await publish(interleaved(all.map(({ messages }) => messages)))
  await ledger.settled()

  const idOfFailing = ({ messages }: LeadHistory) =>
    messages.flatMap((message, at) => (at === failing - 1 ? headerOf(message, 'ce_id') : []))
  const givenUp = new Map(hopeless.flatMap(({ name, histories }) => histories.flatMap(idOfFailing).map((id) => [id, name])))
  const attempts = countAttempts(ledger.processes.map((process) => process.output()).join(''))
  const letters = await dlq.list()
  const entries = await ledger.entries()
  const expected = all.flatMap(({ messages }) => messages).filter((message) => !givenUp.has(headerOf(message, 'ce_id')))
  const faults = findEntryFaults(expected, entries)
  const { broken } = findOrderFaults(entries.map(asOrdered))
  printFigures(t, `handlers failing 3 times or always, ${passing.length + givenUp.size} events among ${expected.length} (${onBus})`, {
    'order broken': broken.length,
    lost: faults.missing.length,
    doubled: faults.doubled.length,
    'dead letters': letters.length,
    'attempts on them': [...givenUp.keys()].reduce((sum, id) => sum + (attempts.get(id) ?? 0), 0),
    in: secondsSince(began),
  })
  t.strictSame(broken, [])
  t.strictSame(faults, { missing: [], doubled: [], unexpected: [] })
  t.strictSame(letters.map(({ eventId }) => eventId).sort(), [...givenUp.keys()].sort(), 'what always fails is a dead letter, once')
  for (const [name, limit] of Object.entries(limits)) {
    const ids = [...givenUp].flatMap(([id, asked]) => (asked === name ? id : []))
    t.ok(
      ids.every((id) => attempts.get(id) === limit),
      `'${name}' was tried ${limit} times`,
    )
    const said = letters.filter(({ eventId }) => eventId !== null && ids.includes(eventId)).map(({ attempts }) => attempts)
    t.ok(
      said.every((attempts) => attempts === limit),
      'and its dead letters say so',
    )
  }
  t.ok(
    passing.flatMap(idOfFailing).every((id) => attempts.get(id) === 3),
    'what failed 3 times was handled at the fourth attempt',
  )
  for (const process of ledger.processes) t.strictSame(process.crashes(), [])
}

/** Failed attempts of the handler, by event. */
function countAttempts(output: string): Map<string, number> {
  const attempts = new Map<string, number>()
  for (const [, id = ''] of output.matchAll(/^attempt on (.*)$/gm)) attempts.set(id, (attempts.get(id) ?? 0) + 1)
  return attempts
}

const guarantee = 'events whose handling fails wait, or become dead letters after their attempts, in order and with no harm to others'

// In short, the tests of packages/events do.
if (long) t.test(`on Kafka, ${guarantee}`, needsKafka, async (t) => survivesFailures(t, 'Kafka', await openKafka(t)))
t.test(`on the embedded bus, ${guarantee}`, async (t) => survivesFailures(t, 'embedded bus', await openEmbedded(t)))
