import { isolatedEnvironment, startAllInOne, startCommand } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'
import { startProcess } from '@crm/testing/processes.ts'
import t from 'tap'
import { clientOf } from '../client.ts'
import { leftovers } from './processes.ts'
import { moments } from './start-moments.ts'

for (const [moment, isReached] of moments.slice(1, 4)) {
  t.test(`killed while ${moment}, it starts on the same data the next time`, async (t) => {
    const env = await isolatedEnvironment(t)
    const killed = await startProcess(t, { ...startCommand, env })
    await until(() => isReached(env), { timeoutMs: 30_000, intervalMs: 1, what: moment })
    await killed.stop('SIGKILL')
    const system = await startAllInOne(t, env)
    t.same((await clientOf(system).leads.list()).data, [])
    t.equal((await system.process.stop('SIGTERM')).code, 0)
    t.strictSame(await leftovers(env.DATA_DIR ?? ''), [])
  })
}
