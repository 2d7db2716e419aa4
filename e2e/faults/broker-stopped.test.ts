import { setTimeout as sleep } from 'node:timers/promises'
import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { saysDependencyLate } from '../come-again.ts'
import { earlyMisses } from './consumers/buses.ts'
import { leadTopics } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { printFigures, secondsSince } from './figures.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import { startSystem } from './system.ts'

const { perSecond, outageMs } = scaled({ short: { perSecond: 50, outageMs: 5_000 }, long: { perSecond: 200, outageMs: 30_000 } })
// A machine that stands still for a second makes a second's writes late.
const lateAtMost = 4 * perSecond
// The group waits for who was in it before the outage: with the product's 10 s, that were most of the time to drain.
const sessions = scaled({ short: { workerSessionMs: 3_000 }, long: {} })

t.test('the broker stopped under load: the API answers as ever, and all effects follow when it is back', needsKafka, async (t) => {
  const kafka = await startTestKafka(t, earlyMisses.broker)
  // It ends with effects whose offset nobody can commit before the broker is back.
  const arm = (n: number) => (n === 1 ? { failpoint: 'consumer.committed' as const, pass: perSecond } : undefined)
  const [system, ledger] = await Promise.all([
    startSystem(t, { kafka, ...sessions }),
    startLedger(t, { brokers: kafka.brokers, ...earlyMisses.consumer, types: leadTopics, arm }),
  ])
  const began = performance.now()
  const load = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace: { perSecond } })
  const ledgerEnded = () => ledger.processes.some((process) => process.ends().has('SIGKILL'))
  await until(() => load.acknowledged() > perSecond && ledgerEnded(), { timeoutMs: patienceMs, what: 'load' })
  await kafka.stop()
  const begunBefore = load.writes.length
  await sleep(outageMs)
  const during = load.writes.slice(begunBefore)
  const begun = during.length
  const acknowledged = () => during.filter(({ answer }) => answer !== undefined).length
  // All but those that a machine at a standstill is late with.
  await until(() => acknowledged() >= 0.8 * begun, { timeoutMs: patienceMs, what: 'leads created as before' })
  const meanwhile = `${begun} and ${acknowledged()}`
  await kafka.start()
  const back = performance.now()
  const rate = load.writes.length / ((back - began) / 1000)
  await load.stop()
  await system.settled()
  const drained = secondsSince(back)

  const { lost, doubled, sentAgain } = await findFaults(system, [load], ledger)
  const { ofRecords } = await ledger.redeliveries()
  const attempts = load.writes.flatMap(({ attempts }) => attempts)
  // They are about crm-service's question to user-service, and say nothing of the broker.
  const late = attempts.filter(saysDependencyLate)
  const failed = attempts.filter((attempt) => attempt.outcome !== 201 && !saysDependencyLate(attempt))
  printFigures(t, `broker stopped for ${outageMs / 1000} s under ${perSecond} writes/s`, {
    'API requests': load.writes.length,
    'attempts that failed': failed.length,
    'and that met a late user-service': late.length,
    'begun and acknowledged meanwhile': meanwhile,
    lost: lost.length,
    'effects doubled': doubled.length,
    'events sent again': sentAgain,
    'records delivered again': ofRecords,
    'drained in': drained,
  })
  t.ok(rate >= 0.9 * perSecond, `the load was ${rate} writes/s`)
  t.ok(begun >= (0.9 * perSecond * outageMs) / 1000, 'also while there was no broker')
  t.ok(ofRecords > 0, 'records whose effects were there were delivered again')
  t.strictSame(
    failed.map(({ outcome, code }) => code ?? outcome),
    [],
    'every request was answered by 201',
  )
  t.ok(late.length <= lateAtMost, `${late.length} of ${attempts.length} attempts met a late user-service`)
  t.strictSame(lost, [])
  t.strictSame(doubled, [])
  for (const process of [...system.processes, ...ledger.processes]) t.strictSame(process.crashes(), [], process.name)
})
