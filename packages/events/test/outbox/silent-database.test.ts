import { until } from '@crm/testing/poll.ts'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import type { Bus } from '../../src/bus/bus.ts'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { connect } from '../fixtures/databases.ts'
import { startProxy } from '../fixtures/proxy.ts'
import { thingEvent } from '../fixtures/things.ts'
import { drained, prepare, sent, timeoutMs } from './prepare.ts'

/** A relay whose database falls silent, connections left open, at some moment. Resolves when it did. */
async function fallSilent(t: Test, { moment }: { moment: 'at first' | 'when idle' | 'with events sent' }) {
  const { db, url, bus, log, relay, lines } = await prepare(t)
  const proxy = await startProxy(t, url)
  const silence = Promise.withResolvers<void>()
  const freeze = () => {
    proxy.freeze()
    silence.resolve()
  }
  let published = 0
  const watched: Bus = {
    ...bus,
    async createTopics(names) {
      if (moment === 'at first') freeze()
      await bus.createTopics(names)
    },
    async publish(messages) {
      await bus.publish(messages)
      published++
      if (moment === 'with events sent' && published === 1) freeze()
    },
  }
  const relayDb = connect(t, proxy.url)
  // Enough connections: one that is made while nobody answers is given up by other means.
  await Promise.all(Array.from({ length: 4 }, () => relayDb.sql`select pg_sleep(0.5)`))
  await appendEvents(db, [thingEvent()])
  // Short leases are renewed amid the silence, while events are on their way.
  const metrics = new Registry()
  const sender = relay({ db: relayDb, bus: watched, metrics, leaseMs: moment === 'with events sent' ? 3_000 : 60_000 })
  sender.start()
  if (moment === 'when idle') {
    const isIdle = async () => (await metrics.getSingleMetric('crm_outbox_published_total')?.get())?.values[0]?.value === 1
    await until(isIdle, { timeoutMs, what: 'an idle relay' })
    freeze()
  }
  await silence.promise
  const said = (message: RegExp) => until(() => lines.find((line) => message.test(line.message)), { timeoutMs, what: String(message) })
  return { db, log, sender, proxy, said }
}

t.test('a relay gives up waiting for a database that fell silent, says so, and sends when it is back', async (t) => {
  const cases = [
    ['at first', /^outbox relay failed while leasing/],
    ['when idle', /^outbox relay failed while (reading|leasing)/],
    ['with events sent', /^outbox relay failed while marking/],
  ] as const
  await Promise.all(
    cases.map(async ([moment, failure]) => {
      const { db, log, proxy, said } = await fallSilent(t, { moment })
      t.match(await said(failure), { level: 'warn', bindings: { err: { name: 'DatabaseSilentError' } } }, moment)
      proxy.thaw()
      await appendEvents(db, [thingEvent()])
      await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
      await said(/^outbox relay works again/)
      t.equal(new Set((await sent(log.db)).map(({ key }) => key)).size, 2, `${moment}: both events`)
    }),
  )
})

t.test('a relay can be stopped while its database is silent', async (t) => {
  const { db, sender, said, proxy } = await fallSilent(t, { moment: 'with events sent' })
  let isStopped = false
  void sender.stop().then(() => {
    isStopped = true
  })
  await until(() => isStopped, { timeoutMs, what: 'its stop' })
  t.match(await said(/^outbox relay stops while it is still marking/), { level: 'warn' })
  t.equal(await drained(db), false, 'it was silent to the end')
  proxy.thaw()
})
