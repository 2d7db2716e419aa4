import { isolatedEnvironment, startAllInOne, startCommand } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'
import { startProcess } from '@crm/testing/processes.ts'
import t from 'tap'
import { clientOf } from '../client.ts'
import { leftovers } from './processes.ts'
import { moments } from './start-moments.ts'

for (const [moment, isReached] of moments) {
  t.test(`Ctrl-C while ${moment} leaves nothing behind, and the next start works`, async (t) => {
    const env = await isolatedEnvironment(t)
    const interrupted = await startProcess(t, { ...startCommand, env })
    await until(() => isReached(env), { timeoutMs: 30_000, intervalMs: 1, what: moment })
    process.kill(-interrupted.pid, 'SIGINT')
    t.same(await interrupted.exited, { code: 0, signal: null })
    t.equal(interrupted.stderr(), '')
    t.strictSame(await leftovers(env.DATA_DIR ?? ''), [])

    const system = await startAllInOne(t, env)
    t.same((await clientOf(system).leads.list()).data, [])
    t.equal((await system.process.stop('SIGTERM')).code, 0)
  })
}
