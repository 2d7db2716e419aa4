import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { deadLetterTopic } from '../../../packages/events/src/dead-letters/dead-letter.ts'
import { createTestDatabase } from '../../../packages/testing/src/database.ts'
import { needsKafka, testKafka } from '../../../packages/testing/src/kafka.ts'
import { freePort } from '../../../packages/testing/src/ports.ts'
import { dlqIn, embedded, group } from './embedded.ts'
import { giveUp, idsIn, message, openTestBus, readAll } from './given-up.ts'

t.test('without dead letters every command says so and succeeds', async (t) => {
  const { dlq } = await embedded(t)
  t.same(await dlq('list'), { code: 0, stdout: 'No dead letters.\n', stderr: '' })
  t.same(await dlq('list', '--json'), { code: 0, stdout: '', stderr: '' })
  t.same(await dlq('replay', '--all'), { code: 0, stdout: 'Nothing to replay.\n', stderr: '' })
  t.same(await dlq('show', '0123456789ab'), { code: 1, stdout: '', stderr: 'pnpm dlq: there is no dead letter 0123456789ab\n' })
})

t.test('the list shows the open ones of the groups and topics asked for', async (t) => {
  const { bus, dlq } = await embedded(t)
  await giveUp(bus, group, [message('lead.created', 'one'), message('lead.created', 'two')])
  await giveUp(bus, 'audit-service.record', [message('lead.created', 'three')])
  await giveUp(bus, 'audit-service.record', [message('lead.updated', 'four')])
  const { code, stdout, stderr } = await dlq('list')
  t.same([code, stderr], [0, ''])
  t.match(stdout, /^ID +GROUP +TOPIC +PLACE +EVENT +ERROR +ATTEMPTS +TIME +STATE +REASON\n/)
  t.match(
    stdout,
    /\n[0-9a-f]{12} +crm-worker.qualify-leads +lead.created +\d\/\d +[0-9a-f-]{36} +PermanentError +5 +2026-\S+Z +open +there is no/,
  )
  t.match(stdout, /\n4 dead letters in 2 groups\n$/)
  t.match((await dlq('list', '--topic', 'lead.updated')).stdout, /\n1 dead letter in 1 group\n$/)
  t.equal(idsIn((await dlq('list', '--group', group, '--json')).stdout).length, 2)
  t.match((await dlq('list', '--group', group, '--topic', 'lead.updated')).stdout, /^No dead letters/)
})

t.test('all that is known of one is shown', async (t) => {
  const { bus, dlq } = await embedded(t)
  await giveUp(bus, group, [message('lead.created', 'one')])
  const [id = ''] = idsIn((await dlq('list')).stdout)
  const { code, stdout } = await dlq('show', id.slice(0, 4))
  t.equal(code, 0)
  const facts = [
    id,
    group,
    'PermanentError',
    'there is no such lead',
    'after 5 attempts',
    'lead.created, partition',
    'replayed  no',
    'dlq_time',
  ]
  for (const text of [...facts, 'Key (text, 3 bytes)\n  one\n', 'Value (JSON, 14 bytes)\n  {\n    "text": "one"\n  }\n'])
    t.ok(stdout.includes(text), text)
  await dlq('replay', '--id', id)
  t.match((await dlq('show', id)).stdout, /replayed +20\d\d-\S+Z\n/)
})

t.test('the beginning of several ids is refused with the ids', async (t) => {
  const { bus, dlq } = await embedded(t)
  const topic = deadLetterTopic('lead.created', group)
  await bus.createTopics([topic])
  const ids = ['abcd00000001', 'abcd00000002']
  await bus.publish(ids.map((id) => ({ ...message(topic, 'key'), headers: { dlq_id: Buffer.from(id) } })))
  for (const args of [
    ['show', 'ABCD'],
    ['replay', '--id', 'abcd'],
  ]) {
    const { code, stdout, stderr } = await dlq(...args)
    t.same([code, stdout], [1, ''])
    t.match(stderr, /^pnpm dlq: abcd is the beginning of 2 ids: /)
    t.strictSame(idsIn(stderr).sort(), ids)
  }
  t.match(await dlq('show', 'abcd00000002'), { code: 0 })
})

t.test('terminal escape sequences in a message do not reach the terminal', async (t) => {
  const { bus, dlq } = await embedded(t)
  const evil = 'a\u001b[2J\u001b]0;title\u0007\u009b31m\r\u0008\u202e\u2028b'
  const bytes = Buffer.from(evil)
  const value = Buffer.from(JSON.stringify({ text: evil, raw: '-' }).replace('-', '\u009b31m\u007f'))
  await giveUp(bus, group, [{ topic: 'lead.created', key: bytes, value, headers: { ce_id: bytes, [evil]: bytes } }], { reason: evil })
  const topic = deadLetterTopic(evil, evil)
  await bus.createTopics([topic])
  const names = ['dlq_id', 'dlq_reason', 'dlq_error_class', 'dlq_replay_of', 'dlq_time', 'dlq_topic', 'ce_id', 'ce_type']
  await bus.publish([{ topic, key: bytes, value: bytes, headers: Object.fromEntries(names.map((name) => [name, bytes])) }])

  const listed = (await dlq('list', '--json')).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.strictSame(
    listed.map(({ eventId }) => eventId),
    [evil, evil],
    'JSON holds them as they were',
  )
  const runs = [
    ['list'],
    ['list', '--json'],
    ...listed.map(({ id }) => ['show', id]),
    ['replay', '--all', '--dry-run'],
    ['replay', '--all'],
    ['show', evil],
    [evil],
  ]
  for (const args of runs) {
    const { stdout, stderr } = await dlq(...args)
    const label = args.join(' ').replaceAll(evil, 'evil')
    t.notMatch(stdout + stderr, /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, `${label}: nothing to obey`)
    t.ok((stdout + stderr).includes('\\u001b[2J'), `${label}: shown`)
  }
})

t.test('what cannot be done is one line and an exit code', async (t) => {
  const gone = `127.0.0.1:${await freePort()}`
  const { url: empty } = await createTestDatabase(t, { tables: {} })
  const failures: [Record<string, string>, string[], number, RegExp][] = [
    [{}, [], 2, /say what to do/],
    [{}, ['replay'], 2, /<id> ..., --group <group>, --topic <topic>, --error <class> or --all/],
    [{ DATA_DIR: t.testdir() }, ['list'], 1, /no system runs on .*KAFKA_BROKERS or BUS_DATABASE_URL.*pnpm start/],
    [{ BUS_DATABASE_URL: `postgres://a:b@${gone}/bus_db` }, ['list'], 1, /nothing answers at .*BUS_DATABASE_URL/],
    [{ BUS_DATABASE_URL: empty }, ['list'], 1, /holds no event bus/],
    [{ BUS_DATABASE_URL: empty.replace(/[^/]*$/, 'none') }, ['list'], 1, /the database refuses: database "none" does not exist/],
    [{ KAFKA_BROKERS: gone }, ['list'], 1, /Kafka at 127\.0\.0\.1:\d+ /],
    [{ KAFKA_BROKERS: gone, BUS_DATABASE_URL: empty }, ['list'], 1, /both set/],
  ]
  for (const [env, args, code, line] of failures) {
    const ended = await dlqIn(env)(...args)
    t.match(ended, { code, stdout: '', stderr: /^pnpm dlq: [^\n]+\n$/ }, String(line))
    t.match(ended.stderr, line)
  }
})

t.test('help needs no bus', async (t) => {
  const { code, stdout } = await dlqIn({ DATA_DIR: t.testdir() })('--help')
  t.equal(code, 0)
  for (const part of ['pnpm dlq list', 'pnpm dlq show', 'pnpm dlq replay', '--dry-run', '--again']) t.ok(stdout.includes(part), part)
})

async function onKafka(t: Test) {
  const brokers = await testKafka()
  return { bus: openTestBus(t, { kafka: { brokers: [brokers] } }), dlq: dlqIn({ KAFKA_BROKERS: brokers }) }
}

for (const [name, options, open] of [
  ['the embedded bus', {}, embedded],
  ['Kafka', needsKafka, onKafka],
] as const) {
  t.test(`errors and bare ids select, and totals say how many there are of what, on ${name}`, options, async (t) => {
    const { bus, dlq } = await open(t)
    const [own, other] = [`worker.${randomUUID()}`, `worker.${randomUUID()}`]
    const [created, updated] = [`topic.${randomUUID()}`, `topic.${randomUUID()}`]
    const few = (topic: string, count: number) => Array.from({ length: count }, (_, n) => message(topic, `key ${n}`))
    await giveUp(bus, own, few(created, 3))
    await giveUp(bus, own, few(created, 2), { errorClass: 'TypeError' })
    await giveUp(bus, own, few(updated, 4), { errorClass: 'TypeError' })
    await giveUp(bus, other, few(updated, 1), { errorClass: 'typeerror' })
    const totals = (lines: string[]) => new RegExp(`\n\nCOUNT +GROUP +TOPIC +ERROR\n${lines.join('\n')}\n\n`)
    const [permanent, creating, updating] = [
      `3 +${own} +${created} +PermanentError`,
      `2 +${own} +${created} +TypeError`,
      `4 +${own} +${updated} +TypeError`,
    ]
    const all = await dlq('list', '--group', own)
    t.match(all.stdout, totals([updating, permanent, creating]))
    t.match(all.stdout, /\n9 dead letters in 1 group\n$/)
    t.equal(idsIn((await dlq('list', '--error', 'TypeError', '--group', own, '--json')).stdout).length, 6)
    const alike = await dlq('list', '--error', 'TypeError', '--topic', created)
    t.match(alike.stdout, /\n\n2 dead letters in 1 group\n$/)
    t.notMatch(alike.stdout, 'COUNT', 'no totals of one kind')
    t.match(await dlq('list', '--error', 'typeerror', '--topic', created), { stdout: /^No dead letters/ }, 'the very class')

    const dry = await dlq('replay', '--error', 'TypeError', '--group', own, '--dry-run')
    t.match(dry.stdout, totals([updating, creating]))
    t.match(dry.stdout, /\nwould replay 6 dead letters\n$/)
    const [first = '', second = '', third = ''] = idsIn(
      (await dlq('list', '--topic', created, '--error', 'PermanentError', '--json')).stdout,
    )
    const bare = await dlq('replay', first, second.slice(0, 8), '--id', third)
    t.match(bare, { code: 0, stdout: /^(replayed [0-9a-f]{12} .*\n){3}replayed 3 dead letters\n$/, stderr: '' })
    const rest = await dlq('replay', '--group', own)
    t.match(rest.stdout, totals([updating, creating]))
    t.match(rest.stdout, /\nreplayed 6 dead letters\n$/)
    t.equal((await readAll(bus, updated)).length, 5 + 4)
    t.match((await dlq('list', '--topic', updated)).stdout, /\n1 dead letter in 1 group\n$/, "another group's stays open")
  })
}

t.test('the same commands work on Kafka', needsKafka, async (t) => {
  const { bus, dlq } = await onKafka(t)
  const topic = `topic.${randomUUID()}`
  await giveUp(bus, group, [message(topic, 'one')])
  const [id = ''] = idsIn((await dlq('list', '--topic', topic, '--json')).stdout)
  t.match(await dlq('show', id), { code: 0, stdout: new RegExp(`Dead letter ${id}`) })
  t.match(await dlq('replay', '--topic', topic), { code: 0, stdout: /replayed 1 dead letter\n$/, stderr: '' })
  t.match(await dlq('replay', '--topic', topic), { code: 0, stdout: /^Nothing to replay/ })
  t.equal((await readAll(bus, topic)).length, 2)
})
