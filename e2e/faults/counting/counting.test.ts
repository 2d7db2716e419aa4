import t from 'tap'
import { findNoteFaults } from '../consumers/noted-events.ts'
import type { Load } from '../load/load.ts'
import type { Attempt, WriteRecord } from '../load/writes.ts'
import type { TopicRecord } from '../topics.ts'
import { type Evidence, findEffectFaults } from './effects.ts'
import { findInFlightFaults } from './in-flight.ts'
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

t.test('an event that a ledger has not noted is lost, and one that it has noted again is doubled', async (t) => {
  const records = [record('lead.created', 'a', 1, 'e1'), record('lead.updated', 'a', 2, 'e2'), record('lead.updated', 'a', 2, 'e2')]
  const notes = (...ids: string[]) =>
    findNoteFaults(
      records,
      ids.map((eventId) => ({ eventId })),
    )
  t.strictSame(notes('e1', 'e2'), { lost: [], doubled: [] })
  t.strictSame(notes('e1'), { lost: ['event e2 not noted'], doubled: [] })
  t.strictSame(notes('e1', 'e2', 'e1'), { lost: [], doubled: ['event e1 noted again'] })
})

t.test('order is judged by the first time that an event of a key comes', async (t) => {
  const event = (key: string, sequence: number) => ({ key, sequence, id: `${key}${sequence}` })
  const repetitions = [event('a', 1), event('b', 7), event('a', 2), event('a', 1), event('b', 8), event('b', 8)]
  t.strictSame(findOrderFaults(repetitions), { broken: [], repeated: 2, overtaken: [event('a', 1)] })
  t.strictSame(findOrderFaults([event('a', 1), event('a', 3), event('a', 2), event('a', 4)]).broken, ['a: 2 after 3'])
  t.strictSame(findOrderFaults([event('a', 1), { ...event('a', 1), id: 'another' }]).broken, ['a: 1 after 1'])
  t.strictSame(findOrderFaults([{ ...event('a', 1), sequence: Number.NaN }]).broken, ['a: NaN after 0'])
})

t.test(
  'a request in flight when a process was told to stop has to be answered by 2xx; a later one may be refused without effect',
  async (t) => {
    type Moments = [sentAt: number | undefined, endedAt: number]
    const attempt = (outcome: Attempt['outcome'], [sentAt, endedAt]: Moments, more: Partial<Attempt> = {}): Attempt => ({
      ...{ outcome, sentAt, endedAt, retryAfter: false, replayed: false },
      ...more,
    })
    const load = (...attempts: Attempt[]): Load => ({
      ...{ acknowledged: () => 0, stop: async () => {}, finished: Promise.resolve() },
      writes: [{ ...refused(), attempts }],
    })
    const judge = (...attempts: Attempt[]) => findInFlightFaults([load(...attempts)], { stops: [100] })
    const before: Moments = [90, 95]
    const across: Moments = [90, 110]
    const after: Moments = [105, 110]
    const never: Moments = [undefined, 110]
    const fine = { failed: [], inFlight: 0, refused: 0, askedToComeAgain: 0 }
    t.strictSame(judge(attempt(201, before), attempt(201, across), attempt(200, after)), { ...fine, inFlight: 1 })
    t.strictSame(judge(attempt('refused', never), attempt('lost', after), attempt(201, after)), { ...fine, refused: 2 })
    t.strictSame(judge(attempt(503, after, { retryAfter: true }), attempt(503, before, { retryAfter: true })), {
      ...fine,
      askedToComeAgain: 2,
    })

    t.strictSame(judge(attempt('lost', across)).failed, ['in flight: lost'])
    t.strictSame(judge(attempt(503, across, { retryAfter: true, code: 'unavailable' })).failed, ['in flight: answered 503 unavailable'])
    t.strictSame(judge(attempt('lost', after), attempt(201, after, { replayed: true })).failed, ['later: lost'])
    t.strictSame(judge(attempt(500, after, { code: 'internal_error' })).failed, ['later: answered 500 internal_error'])
    t.strictSame(judge(attempt('hanging', after)).failed, ['later: hanging'])
    const excused = { stops: [100], mayAskToComeAgain: () => true }
    t.strictSame(findInFlightFaults([load(attempt(503, across, { retryAfter: true }))], excused), {
      ...fine,
      inFlight: 1,
      askedToComeAgain: 1,
    })
  },
)
