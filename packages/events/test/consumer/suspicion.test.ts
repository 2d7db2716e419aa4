import t from 'tap'
import {
  afterBatchFailure,
  afterDeath,
  afterDone,
  afterFailure,
  countTogether,
  deathsAtMost,
  type Suspicion,
  suspicionOf,
} from '../../src/consumer/suspicion.ts'

const none = { attempts: 0, deaths: 0, inherited: 0 }
const verdict = { kind: 'attempts', reason: 'no', errorClass: 'TypeError', attempts: 5, storedAt: 7 } as const

/** One that failed twice and is the first of three in question. */
const failing: Suspicion = { ...none, offset: 10, attempts: 2, until: 12 }
/** After the process died with 10 to 14 in flight. */
const dead: Suspicion = { offset: 10, attempts: 0, deaths: 1, until: 14, inherited: 1 }
/** Records 3 and 4 came again and failed, while 10 to 14 wait with what is held against them. */
const twofold: Suspicion = { ...none, offset: 3, until: 4, later: dead }

const records = (...offsets: number[]) => offsets.map((offset) => ({ offset }))

t.test('what is known of a record when it comes', async (t) => {
  for (const { what, before, offset, known } of [
    { what: 'nothing of any', before: null, offset: 7, known: { ...none, offset: 7, until: 7 } },
    { what: 'everything of the one in question', before: failing, offset: 10, known: failing },
    {
      what: 'that one after it is handled alone too, with no attempts',
      before: failing,
      offset: 11,
      known: { ...none, offset: 11, until: 12 },
    },
    { what: 'nothing of one beyond', before: failing, offset: 13, known: { ...none, offset: 13, until: 13 } },
    {
      what: 'nothing of one that came before, and no word lost',
      before: failing,
      offset: 9,
      known: { ...none, offset: 9, until: 9, later: failing },
    },
    { what: 'deaths that it was in flight for', before: dead, offset: 12, known: { ...dead, offset: 12 } },
    {
      what: 'no deaths that the one before it died alone',
      before: { ...dead, deaths: 2 },
      offset: 11,
      known: { ...dead, offset: 11, deaths: 1 },
    },
    { what: 'no verdict on the one before it', before: { ...failing, verdict }, offset: 11, known: { ...none, offset: 11, until: 12 } },
    { what: 'what waits, once it comes to it', before: twofold, offset: 10, known: dead },
    { what: 'between two that are in question', before: twofold, offset: 6, known: { ...none, offset: 6, until: 6, later: dead } },
  ]) {
    t.strictSame(suspicionOf(before, offset), known, what)
  }
})

t.test('a record that fails alone', async (t) => {
  t.strictSame(afterFailure(null, 7), { ...none, offset: 7, attempts: 1, until: 7 }, 'its first attempt')
  t.strictSame(afterFailure(failing, 10), { ...failing, attempts: 3 }, 'one more')
  t.strictSame(afterFailure(failing, 11), { ...none, offset: 11, attempts: 1, until: 12 }, 'another has attempts of its own')
  t.strictSame(afterFailure(dead, 12), { ...dead, offset: 12, attempts: 1 }, 'deaths are kept')
  t.strictSame(afterFailure(dead, 9), { ...none, offset: 9, attempts: 1, until: 9, later: dead }, 'one that came again before it')
})

t.test('records that fail together', async (t) => {
  t.strictSame(afterBatchFailure(null, { first: 5, last: 9 }), { ...none, offset: 5, until: 9 }, 'each is handled alone')
  t.strictSame(afterBatchFailure(dead, { first: 15, last: 19 }), { ...none, offset: 15, until: 19 }, 'beyond what was in question')
  t.strictSame(afterBatchFailure(dead, { first: 3, last: 4 }), twofold, 'before it: that is not forgotten')
})

t.test('the process dies', async (t) => {
  for (const { what, before, inFlight, after } of [
    { what: 'with one record', before: null, inFlight: [7, 7], after: { ...none, offset: 7, deaths: 1, until: 7 } },
    { what: 'with several: any of them', before: null, inFlight: [10, 14], after: dead },
    { what: 'with one of those again', before: dead, inFlight: [10, 10], after: { ...dead, deaths: 2 } },
    {
      what: 'with another of those: its own and the common one',
      before: dead,
      inFlight: [12, 12],
      after: { ...dead, offset: 12, deaths: 2 },
    },
    { what: 'with others, later', before: dead, inFlight: [20, 22], after: { ...none, offset: 20, deaths: 1, until: 22, inherited: 1 } },
    { what: 'with one that failed before', before: failing, inFlight: [10, 10], after: { ...failing, deaths: 1 } },
    { what: 'with some that came again', before: dead, inFlight: [3, 5], after: { ...dead, offset: 3, until: 5, later: dead } },
    {
      what: 'with one between two that are in question',
      before: twofold,
      inFlight: [6, 6],
      after: { ...none, offset: 6, deaths: 1, until: 6, later: dead },
    },
  ]) {
    const [first = 0, last = 0] = inFlight
    t.strictSame(afterDeath(before, { first, last }), after, what)
  }
})

t.test('records are done', async (t) => {
  for (const { what, before, last, after } of [
    { what: 'nothing is held', before: null, last: 7, after: null },
    { what: 'before those in question', before: failing, last: 9, after: failing },
    { what: 'the one in question: its attempts are forgotten', before: failing, last: 10, after: { ...none, offset: 11, until: 12 } },
    { what: 'the last in question', before: failing, last: 12, after: null },
    { what: 'more than the last', before: failing, last: 40, after: null },
    { what: 'one of those that died together', before: { ...dead, deaths: 2 }, last: 10, after: { ...dead, offset: 11 } },
    { what: 'those that came again', before: twofold, last: 4, after: dead },
    { what: 'one of those that came again', before: twofold, last: 3, after: { ...none, offset: 4, until: 4, later: dead } },
    { what: 'both', before: twofold, last: 14, after: null },
    { what: 'some of both', before: twofold, last: 11, after: { ...dead, offset: 12 } },
  ]) {
    t.strictSame(afterDone(before, last), after, what)
  }
})

t.test('how many are handled together', async (t) => {
  for (const { what, before, offsets, count } of [
    { what: 'all, when nothing is held', before: null, offsets: [1, 2, 3], count: 3 },
    { what: 'those before the one in question', before: failing, offsets: [8, 9, 10, 11], count: 2 },
    { what: 'the one in question alone', before: failing, offsets: [10, 11, 12, 13], count: 1 },
    { what: 'each of those after it alone', before: failing, offsets: [12, 13], count: 1 },
    { what: 'all beyond', before: failing, offsets: [13, 14], count: 2 },
    { what: 'all, when the one in question was skipped', before: failing, offsets: [13], count: 1 },
    { what: 'alone at the place of one that is gone', before: failing, offsets: [11, 13], count: 1 },
    { what: 'up to the nearer of two', before: twofold, offsets: [1, 2, 3, 4], count: 2 },
    { what: 'between two', before: twofold, offsets: [5, 7, 10, 11], count: 2 },
    { what: 'alone at the farther of two', before: twofold, offsets: [11, 12], count: 1 },
  ]) {
    t.equal(countTogether(before, records(...offsets)), count, what)
  }
})

/** Runs a partition of records 0 .. 99 to its end, in a process that some of them end; returns what was given up, after how many deaths. */
function live(killers: readonly number[]): Map<number, number> {
  const givenUp = new Map<number, number>()
  const deaths = new Map<number, number>()
  let suspicion: Suspicion | null = null
  for (let next = 0; next <= 99; ) {
    const count: number = countTogether(suspicion, records(...Array.from({ length: 100 - next }, (_, n) => next + n)))
    const inFlight = { first: next, last: next + count - 1 }
    const killer = killers.find((offset) => offset >= inFlight.first && offset <= inFlight.last)
    if (suspicionOf(suspicion, next).deaths >= deathsAtMost) givenUp.set(next, deaths.get(next) ?? 0)
    else if (killer !== undefined) {
      deaths.set(killer, (deaths.get(killer) ?? 0) + 1)
      suspicion = afterDeath(suspicion, inFlight)
      // Nothing was committed to the bus: all comes again, and what is done is passed over together.
      next = 0
      const repeated: number = countTogether(suspicion, records(...Array.from({ length: 100 }, (_, n) => n)))
      if (suspicion.offset > 0) {
        t.equal(repeated, suspicion.offset)
        next = suspicion.offset
      }
      continue
    }
    suspicion = afterDone(suspicion, inFlight.last)
    next = inFlight.last + 1
  }
  t.equal(suspicion, null, 'in the end nothing is held')
  return givenUp
}

t.test('of a hundred records exactly those are given up that end the process', async (t) => {
  t.strictSame([...live([])], [])
  t.strictSame([...live([50])], [[50, 3]])
  t.strictSame([...live([0])], [[0, 3]])
  t.strictSame([...live([99])], [[99, 3]])
  // The second was in flight with the first once: one death of each of them is common.
  t.strictSame(
    [...live([10, 50])],
    [
      [10, 3],
      [50, 2],
    ],
  )
  t.strictSame(
    [...live([10, 11])],
    [
      [10, 3],
      [11, 2],
    ],
  )
})
