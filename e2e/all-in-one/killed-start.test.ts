import { isolatedEnvironment, startAllInOne } from '@crm/testing/all-in-one.ts'
import t from 'tap'
import { clientOf } from '../client.ts'
import { leftovers } from './processes.ts'
import { type Moment, startUntil } from './start-moments.ts'

t.setTimeout(240_000)

// On one data folder each. Those that are seen by a file which a killed start leaves are the first of theirs that leave it.
const sequences: Moment[][] = [['PostgreSQL makes its data', 'PostgreSQL starts'], ['databases are made']]

for (const moments of sequences) {
  t.test(`killed while ${moments.join(', and again while ')}, it starts on the same data the next time`, async (t) => {
    const env = await isolatedEnvironment(t)
    for (const moment of moments) await (await startUntil(t, env, moment)).stop('SIGKILL')
    const system = await startAllInOne(t, env)
    t.same((await clientOf(system).leads.list()).data, [])
    t.equal((await system.process.stop('SIGTERM')).code, 0)
    t.strictSame(await leftovers(env.DATA_DIR ?? ''), [])
  })
}
