import postgres from 'postgres'
import t from 'tap'
import { deadLetterTopic } from '../../../packages/events/src/dead-letters/dead-letter.ts'
import { embedded, group } from './embedded.ts'
import { giveUp, idsIn, message, readAll } from './given-up.ts'

t.test('one that was not kept whole is shown as that and never sent again; the others are', async (t) => {
  const { bus, dlq } = await embedded(t)
  const kept = deadLetterTopic('lead.created', group)
  await giveUp(bus, group, [message('lead.created', 'one')])
  const headers = { dlq_id: Buffer.from('0123456789ab'), dlq_truncated: Buffer.from('1 of 2 bytes of the value are kept') }
  await bus.publish([{ ...message('lead.created', 'two'), topic: kept, headers }])
  const why = 'it was too large to be kept whole (1 of 2 bytes of the value are kept)'
  t.match((await dlq('show', '0123')).stdout, `no replay  ${why}`)
  const refused = await dlq('replay', '--id', '0123')
  t.match(refused, {
    code: 1,
    stdout: '',
    stderr: /^cannot replay 0123456789ab .*\npnpm dlq: nothing was replayed: not all that were named can be\n$/,
  })
  t.match(refused.stderr, why)
  t.match(await dlq('replay', '--all'), { code: 0, stdout: /replayed 1 dead letter\n$/, stderr: /^cannot replay 0123456789ab / })
  t.match(await dlq('replay', '--all'), { code: 0, stdout: 'Nothing to replay.\n', stderr: /^cannot replay 0123456789ab / })
  t.equal((await readAll(bus, 'lead.created')).length, 2)
})

t.test('a second replay sends nothing, unless it is told to', async (t) => {
  const { bus, dlq } = await embedded(t)
  const sent = async () => (await readAll(bus, 'lead.created')).filter(({ headers }) => String(headers.dlq_replay_group) === group).length
  await giveUp(bus, group, [message('lead.created', 'one'), message('lead.created', 'two'), message('lead.created', 'three')])
  await giveUp(bus, 'audit-service.record', [message('lead.created', 'four')])
  const [id = ''] = idsIn((await dlq('list', '--group', group)).stdout)

  const dry = await dlq('replay', '--group', group, '--dry-run')
  t.match(dry, { code: 0, stdout: /^would replay [0-9a-f]{12} .*would replay 3 dead letters\n$/s })
  t.equal(await sent(), 0, 'a dry run changes nothing')
  t.match(await dlq('replay', '--id', id.slice(0, 8)), { code: 0, stdout: new RegExp(`^replayed ${id} .*\nreplayed 1 dead letter\n$`) })
  const rest = await dlq('replay', '--group', group, '--topic', 'lead.created')
  t.match(rest, { code: 0, stdout: /replayed 2 dead letters\n$/ })
  t.notOk(rest.stdout.includes(id))
  t.match(await dlq('replay', '--group', group), { code: 0, stdout: /^Nothing to replay. 3 dead letters replayed already: --again / })
  t.match(await dlq('replay', '--id', id), { code: 0, stdout: /^Nothing to replay. 1 dead letter replayed already: --again / })
  t.equal(await sent(), 3)
  t.match((await dlq('list', '--group', group)).stdout, /^No open dead letters. 3 dead letters replayed already/)
  t.match((await dlq('list')).stdout, /\n1 dead letter in 1 group\n$/, "another group's stays open")

  t.match(await dlq('replay', '--group', group, '--again'), { code: 0, stdout: /replayed 3 dead letters\n$/ })
  t.equal(await sent(), 6)
  const lines = (await dlq('list', '--replayed', '--json')).stdout.trimEnd().split('\n')
  const states = lines.map((line) => JSON.parse(line)).map(({ group, state, replayedAt }) => [group, state, replayedAt !== null])
  t.strictSame(states.sort(), [['audit-service.record', 'open', false], ...Array(3).fill([group, 'replayed', true])])
})

t.test('a replay that fails says how many it had sent', async (t) => {
  const { url, bus, dlq } = await embedded(t)
  const sql = postgres(url, { max: 1, fetch_types: false })
  t.teardown(() => sql.end())
  await giveUp(
    bus,
    group,
    Array.from({ length: 150 }, () => message('lead.created', 'key')),
  )
  // The second batch of 100 is not taken.
  await sql`alter table records add constraint few check (topic <> 'lead.created' or record_offset < 260) not valid`
  const failed = await dlq('replay', '--all')
  t.match(failed, { code: 1, stdout: /\nfailed after it had replayed 100 dead letters\n$/, stderr: /violates check constraint/ })
  await sql`alter table records drop constraint few`
  t.match(await dlq('replay', '--all'), { code: 0, stdout: /\nreplayed 50 dead letters\n$/ })
})

t.test('a topic that is gone is named, and nothing is replayed', async (t) => {
  const { bus, dlq } = await embedded(t)
  const topic = deadLetterTopic('lead.created', group)
  await bus.createTopics([topic])
  await bus.publish([message(topic, 'a')])
  const stderr = 'pnpm dlq: nothing was replayed: these topics do not exist: lead.created\n'
  t.same(await dlq('replay', '--all'), { code: 1, stdout: '', stderr })
})
