import { setTimeout as sleep } from 'node:timers/promises'
import { needsKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { findEffectFaults } from './counting/effects.ts'
import { gatherEvidence } from './counting/evidence.ts'
import { printFigures, secondsSince } from './figures.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import { startSystem } from './system.ts'

const { perSecond, outageMs } = scaled({ short: { perSecond: 50, outageMs: 5_000 }, long: { perSecond: 200, outageMs: 30_000 } })

t.test('the broker stopped under load: the API answers as ever, and all effects follow when it is back', needsKafka, async (t) => {
  const system = await startSystem(t)
  const load = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(), pace: { perSecond } })
  await until(() => load.acknowledged() > perSecond, { timeoutMs: patienceMs, what: 'load' })
  await system.kafka.stop()
  const before = load.acknowledged()
  await sleep(outageMs)
  const during = load.acknowledged() - before
  await system.kafka.start()
  const back = performance.now()
  await load.stop()
  await system.settled()
  const drained = secondsSince(back)

  const { lost, doubled } = findEffectFaults(await gatherEvidence(system, [load]))
  const failed = load.writes.filter(({ attempts }) => attempts.some(({ outcome }) => outcome !== 201))
  printFigures(t, `broker stopped for ${outageMs / 1000} s under ${perSecond} writes/s`, {
    'API requests': load.writes.length,
    'of these failed': failed.length,
    'acknowledged meanwhile': during,
    lost: lost.length,
    'effects doubled': doubled.length,
    'drained in': drained,
  })
  t.ok(during > 0, 'leads were created while there was no broker')
  t.strictSame(
    failed.map(({ attempts }) => attempts.map(({ outcome, code }) => code ?? outcome).join(', ')),
    [],
    'every request was answered by 201 at once',
  )
  t.strictSame(lost, [])
  t.strictSame(doubled, [])
  for (const process of system.processes) t.strictSame(process.crashes(), [], process.name)
})
