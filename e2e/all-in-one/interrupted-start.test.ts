import { isolatedEnvironment, startAllInOne } from '@crm/testing/all-in-one.ts'
import t from 'tap'
import { clientOf } from '../client.ts'
import { leftovers } from './processes.ts'
import { type Moment, startUntil } from './start-moments.ts'

t.setTimeout(240_000)

// On one data folder each: the start after an interrupted one gets further, and is interrupted itself; the last one is not.
const sequences: Moment[][] = [
  ['its data folder is claimed', 'user-service answers', 'the gateway answers'],
  ['PostgreSQL makes its data', 'PostgreSQL starts', 'databases are made', 'crm-service answers'],
]

for (const moments of sequences) {
  t.test('interrupted again and again, a start leaves nothing behind that keeps the next from working', async (t) => {
    const env = await isolatedEnvironment(t)
    for (const moment of moments) {
      await t.test(`Ctrl-C while ${moment} leaves nothing behind`, async (t) => {
        const interrupted = await startUntil(t, env, moment)
        process.kill(-interrupted.pid, 'SIGINT')
        const exit = await interrupted.exited
        if (exit.code !== 0) t.comment(interrupted.output())
        t.same(exit, { code: 0, signal: null })
        t.equal(interrupted.stderr(), '')
        t.strictSame(await leftovers(env.DATA_DIR ?? ''), [])
      })
    }
    const system = await startAllInOne(t, env)
    t.same((await clientOf(system).leads.list()).data, [])
    t.equal((await system.process.stop('SIGTERM')).code, 0)
  })
}
