import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { type AllInOneSystem, startAllInOneSystem } from './all-in-one.ts'
import { connectPublisher } from './consumers/buses.ts'
import { dlqCommand } from './consumers/dlq.ts'
import { malformations, malformedMessages } from './consumers/malformed.ts'
import { findEffectFaults } from './counting/effects.ts'
import { findFaults } from './counting/find-faults.ts'
import { countRedeliveries, watchRedeliveries } from './counting/redeliveries.ts'
import { printFigures, secondsSince } from './figures.ts'
import { killing } from './killing.ts'
import { startLedger } from './ledger/start-ledger.ts'
import { newLeads } from './load/leads.ts'
import { type Load, startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import { qualifyGroup } from './system.ts'

const kills = scaled({ short: 2, long: 20 })
const { good, malformed } = scaled({ short: { good: 300, malformed: 80 }, long: { good: 5_000, malformed: 500 } })
const publishedAtOnce = 20

async function judge(t: Test, { process }: AllInOneSystem, load: Load, faults: { lost: string[]; doubled: string[] }): Promise<void> {
  t.equal(load.acknowledged(), load.writes.length, 'every lead was created in the end')
  t.strictSame(faults.lost, [])
  t.strictSame(faults.doubled, [])
  t.strictSame(process.crashes(), [])
}

t.test('the embedded bus in all-in-one', async (t) => {
  const allInOneKilled = killing('consumer.committed', { times: kills, passes: 5 })
  const system = await startAllInOneSystem(t, { arm: allInOneKilled.arm })
  allInOneKilled.victims.push(system.process)
  const loads: Load[] = []

  await t.test(
    'killed between the commit of effects and that of offsets: nothing is lost, no effect is doubled, and no event given up',
    async (t) => {
      const began = performance.now()
      const ledgerKilled = killing('consumer.committed', { times: kills, passes: 5 })
      await system.withDatabase('crm_db', watchRedeliveries)
      // Killed by itself, too: the effects of its events would double.
      const ledger = await startLedger(t, {
        busDatabaseUrl: await system.databaseUrl('bus_db'),
        types: ['lead.created'],
        arm: ledgerKilled.arm,
      })
      ledgerKilled.victims.push(...ledger.processes)
      const load = startLoad(t, { urls: [system.process.url], next: newLeads(), pace: { clients: 4 } })
      loads.push(load)
      await until(() => allInOneKilled.isEnough() && ledgerKilled.isEnough(), { timeoutMs: patienceMs, what: `${kills} kills` })
      await load.stop()

      const faults = await findFaults(system, loads, ledger)
      const byWorker = await system.withDatabase('crm_db', (sql) => countRedeliveries(sql, qualifyGroup))
      const byLedger = await ledger.redeliveries()
      const letters = await dlqCommand(t, { DATA_DIR: system.dataDir }).list()
      const times = `${allInOneKilled.times()} times, another consumer of its events ${ledgerKilled.times()} times`
      printFigures(t, `all-in-one: SIGKILLed between commit and offset, ${times}`, {
        lost: faults.lost.length,
        'effects doubled': faults.doubled.length,
        'records delivered again': `${byWorker.ofRecords} and ${byLedger.ofRecords}`,
        'dead letters': letters.length,
        leads: load.acknowledged(),
        in: secondsSince(began),
      })
      await judge(t, system, load, faults)
      t.ok(
        byWorker.ofRecords >= allInOneKilled.times() && byLedger.ofRecords >= ledgerKilled.times(),
        'each kill came before the commit of the offset',
      )
      t.strictSame(letters, [])
      for (const process of ledger.processes) t.strictSame(process.crashes(), [])
    },
  )

  await t.test('malformed messages among good ones each become a dead letter, and every good one has its effect once', async (t) => {
    const began = performance.now()
    const dlq = dlqCommand(t, { DATA_DIR: system.dataDir })
    const publish = connectPublisher(t, await system.databaseUrl('bus_db'))
    const bad = malformedMessages(malformed)
    const load = startLoad(t, { urls: [system.process.url], next: newLeads(good), pace: { clients: 8 } })
    loads.push(load)
    for (let at = 0; at < malformed; at += publishedAtOnce) {
      await until(() => load.acknowledged() / good >= at / malformed, { timeoutMs: patienceMs, what: 'leads are created' })
      await publish(bad.slice(at, at + publishedAtOnce))
    }
    await load.finished
    await system.settled()

    const evidence = await system.gatherEvidence(loads)
    const faults = findEffectFaults(evidence)
    const ids = new Set(load.writes.flatMap(({ answer }) => answer?.id ?? []))
    const qualified = evidence.leads.filter(({ id, status }) => ids.has(id) && status === 'QUALIFIED').length
    const listed = await dlq.list()
    const stored = await system.withDatabase('bus_db', async (sql) => [
      ...(await sql<{ key: string }[]>`select convert_from(key, 'utf8') as key from records where topic like 'lead.created.dlq.%'`),
    ])
    printFigures(t, `all-in-one: ${malformed} malformed messages of ${Object.keys(malformations).length} kinds among ${good} good ones`, {
      'dead letters in the topic': stored.length,
      'dead letters listed': listed.length,
      'good effects': qualified,
      lost: faults.lost.length,
      doubled: faults.doubled.length,
      in: secondsSince(began),
    })
    await judge(t, system, load, faults)
    t.strictSame(stored.map(({ key }) => key).sort(), bad.map(({ key }) => String(key)).sort())
    t.equal(listed.length, malformed)
    t.equal(qualified, good)
    t.equal(allInOneKilled.times(), kills, 'the process was killed no more')
  })
})
