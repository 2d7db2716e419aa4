import t from 'tap'
import type { WriteRecord } from '../load/writes.ts'
import type { TopicRecord } from '../topics.ts'
import { type Evidence, findEffectFaults } from './effects.ts'
import { findOrderFaults } from './order.ts'

const creation = (id: string): WriteRecord => ({ method: 'POST', path: '/v1/leads', body: {}, attempts: [], answer: { id, version: 1 } })
const change = (id: string, version: number): WriteRecord => ({ ...creation(id), method: 'PATCH', answer: { id, version } })
const refused = (): WriteRecord => ({ method: 'POST', path: '/v1/leads', body: {}, attempts: [] })
let offset = 0
const record = (topic: string, key: string, sequence: number, id = `${topic}-${key}-${sequence}`): TopicRecord => ({
  ...{ topic, key, sequence, id },
  partition: 0,
  offset: offset++,
})

/** One lead, created, qualified and changed once; all of it there, one event sent twice. */
function whole(): { writes: WriteRecord[]; leads: { id: string; status: string; version: number }[]; records: TopicRecord[] } {
  return {
    writes: [creation('a'), change('a', 3), refused()],
    leads: [{ id: 'a', status: 'QUALIFIED', version: 3 }],
    records: [
      record('lead.created', 'a', 1),
      record('lead.qualified', 'a', 2),
      record('lead.updated', 'a', 3),
      record('lead.qualified', 'a', 2),
    ],
  }
}

t.test('what is whole has no fault, whatever was refused or sent again', async (t) => {
  t.strictSame(findEffectFaults(whole()), { lost: [], doubled: [], sentAgain: 1 })
})

t.test('each way to lose an acknowledged change is found', async (t) => {
  const ways: [string, (evidence: ReturnType<typeof whole>) => Evidence][] = [
    ['lead a is not stored', (e) => ({ ...e, leads: [] })],
    ['lead a is NEW', (e) => ({ ...e, leads: [{ id: 'a', status: 'NEW', version: 3 }] })],
    ['version 3 of a', (e) => ({ ...e, leads: [{ id: 'a', status: 'QUALIFIED', version: 2 }] })],
    ['lead.qualified of a', (e) => ({ ...e, records: e.records.filter(({ topic }) => topic !== 'lead.qualified') })],
    ['lead.created of a', (e) => ({ ...e, records: e.records.filter(({ topic }) => topic !== 'lead.created') })],
    ['lead.updated of a, version 3', (e) => ({ ...e, records: e.records.filter(({ topic }) => topic !== 'lead.updated') })],
    [
      'a change of a overwritten',
      (e) => ({ ...e, writes: [...e.writes, change('a', 3)], leads: [{ id: 'a', status: 'QUALIFIED', version: 4 }] }),
    ],
  ]
  for (const [fault, lose] of ways) {
    const { lost, doubled } = findEffectFaults(lose(whole()))
    t.strictSame({ lost, doubled }, { lost: [fault], doubled: [] }, fault)
  }
})

t.test('each way to double an effect is found', async (t) => {
  const ways: [string, (evidence: ReturnType<typeof whole>) => Evidence][] = [
    ['version 4 of a', (e) => ({ ...e, leads: [{ id: 'a', status: 'QUALIFIED', version: 4 }] })],
    ['lead.qualified of a', (e) => ({ ...e, records: [...e.records, record('lead.qualified', 'a', 4, 'another')] })],
    ['lead.updated of a, version 3', (e) => ({ ...e, records: [...e.records, record('lead.updated', 'a', 3, 'another')] })],
    ['lead b, which no answer named', (e) => ({ ...e, leads: [...e.leads, { id: 'b', status: 'QUALIFIED', version: 2 }] })],
  ]
  for (const [fault, double] of ways) {
    const { lost, doubled } = findEffectFaults(double(whole()))
    t.strictSame({ lost, doubled }, { lost: [], doubled: [fault] }, fault)
  }
})

t.test('order is judged by the first time that an event of a key comes', async (t) => {
  const event = (key: string, sequence: number) => ({ key, sequence, id: `${key}${sequence}` })
  const repetitions = [event('a', 1), event('b', 7), event('a', 2), event('a', 1), event('b', 8), event('b', 8)]
  t.strictSame(findOrderFaults(repetitions), { broken: [], repeated: 2, overtaken: 1 })
  t.strictSame(findOrderFaults([event('a', 1), event('a', 3), event('a', 2), event('a', 4)]).broken, ['a: 2 after 3'])
  t.strictSame(findOrderFaults([event('a', 1), { ...event('a', 1), id: 'another' }]).broken, ['a: 1 after 1'])
  t.strictSame(findOrderFaults([{ ...event('a', 1), sequence: Number.NaN }]).broken, ['a: NaN after 0'])
})
