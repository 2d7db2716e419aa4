import t from 'tap'
import {
  afterBatchFailure,
  afterCrash,
  afterDone,
  afterFailure,
  countTogether,
  crashesAtMost,
  type RetryState,
  readRetryState,
  stateAt,
  withRetryBy,
} from '../../src/consumer/retry-state.ts'

const none = { attempts: 0, crashes: 0, sharedCrashes: 0 }
const decision = { cause: 'attempts', reason: 'no', errorClass: 'TypeError', attempts: 5, storedAt: 7 } as const

/** One that failed twice and is the first of three in question. */
const failing: RetryState = { ...none, offset: 10, attempts: 2, singleThrough: 12 }
/** After a process crashed with 10 to 14 in flight. */
const crashed: RetryState = { offset: 10, attempts: 0, crashes: 1, singleThrough: 14, sharedCrashes: 1 }
/** Records 3 and 4 came again and failed, while 10 to 14 wait with their own state. */
const twofold: RetryState = { ...none, offset: 3, singleThrough: 4, later: crashed }

const records = (...offsets: number[]) => offsets.map((offset) => ({ offset }))

t.test('what is known of a record when it comes', async (t) => {
  for (const { what, before, offset, known } of [
    { what: 'nothing of any', before: null, offset: 7, known: { ...none, offset: 7, singleThrough: 7 } },
    { what: 'everything of the one in question', before: failing, offset: 10, known: failing },
    {
      what: 'that one after it is handled alone too, with no attempts',
      before: failing,
      offset: 11,
      known: { ...none, offset: 11, singleThrough: 12 },
    },
    { what: 'nothing of one beyond', before: failing, offset: 13, known: { ...none, offset: 13, singleThrough: 13 } },
    {
      what: 'nothing of one that came before, and nothing is lost',
      before: failing,
      offset: 9,
      known: { ...none, offset: 9, singleThrough: 9, later: failing },
    },
    { what: 'crashes that it was in flight for', before: crashed, offset: 12, known: { ...crashed, offset: 12 } },
    {
      what: 'no crashes over the one before it alone',
      before: { ...crashed, crashes: 2 },
      offset: 11,
      known: { ...crashed, offset: 11, crashes: 1 },
    },
    {
      what: 'no decision about the one before it',
      before: { ...failing, decision },
      offset: 11,
      known: { ...none, offset: 11, singleThrough: 12 },
    },
    { what: 'what waits, once it comes to it', before: twofold, offset: 10, known: crashed },
    {
      what: 'between two that are in question',
      before: twofold,
      offset: 6,
      known: { ...none, offset: 6, singleThrough: 6, later: crashed },
    },
  ]) {
    t.strictSame(stateAt(before, offset), known, what)
  }
})

t.test('a record that fails alone', async (t) => {
  t.strictSame(afterFailure(null, 7), { ...none, offset: 7, attempts: 1, singleThrough: 7 }, 'its first attempt')
  t.strictSame(afterFailure(failing, 10), { ...failing, attempts: 3 }, 'one more')
  t.strictSame(afterFailure(failing, 11), { ...none, offset: 11, attempts: 1, singleThrough: 12 }, 'another has attempts of its own')
  t.strictSame(afterFailure(crashed, 12), { ...crashed, offset: 12, attempts: 1 }, 'crashes are kept')
  t.strictSame(
    afterFailure(crashed, 9),
    { ...none, offset: 9, attempts: 1, singleThrough: 9, later: crashed },
    'one that came again before it',
  )
})

t.test('a pause is about one record, and bounded', async (t) => {
  const pausing: RetryState = { ...failing, retryAt: 1_000 }
  t.equal(stateAt(pausing, 10).retryAt, 1_000)
  t.equal(stateAt(pausing, 11).retryAt, undefined)
  t.equal(afterDone(pausing, 10)?.retryAt, undefined)
  t.equal(afterFailure(pausing, 10).retryAt, undefined, 'another failure has a pause of its own')
  t.equal(withRetryBy(null, 500), null)
  t.strictSame(withRetryBy(failing, 500), failing)
  t.strictSame(withRetryBy(pausing, 2_000), pausing)
  t.strictSame(withRetryBy({ ...twofold, later: pausing }, 500), { ...twofold, later: { ...pausing, retryAt: 500 } })
})

t.test('records that fail together', async (t) => {
  t.strictSame(afterBatchFailure(null, { first: 5, last: 9 }), { ...none, offset: 5, singleThrough: 9 }, 'each is handled alone')
  t.strictSame(
    afterBatchFailure(crashed, { first: 15, last: 19 }),
    { ...none, offset: 15, singleThrough: 19 },
    'beyond what was in question',
  )
  t.strictSame(afterBatchFailure(crashed, { first: 3, last: 4 }), twofold, 'before it: that is not forgotten')
})

t.test('the process crashes', async (t) => {
  for (const { what, before, inFlight, after } of [
    { what: 'with one record', before: null, inFlight: [7, 7], after: { ...none, offset: 7, crashes: 1, singleThrough: 7 } },
    { what: 'with several: any of them', before: null, inFlight: [10, 14], after: crashed },
    { what: 'with one of those again', before: crashed, inFlight: [10, 10], after: { ...crashed, crashes: 2 } },
    {
      what: 'with another of those: its own and the common one',
      before: crashed,
      inFlight: [12, 12],
      after: { ...crashed, offset: 12, crashes: 2 },
    },
    {
      what: 'with others, later',
      before: crashed,
      inFlight: [20, 22],
      after: { ...none, offset: 20, crashes: 1, singleThrough: 22, sharedCrashes: 1 },
    },
    { what: 'with one that failed before', before: failing, inFlight: [10, 10], after: { ...failing, crashes: 1 } },
    {
      what: 'with some that came again',
      before: crashed,
      inFlight: [3, 5],
      after: { ...crashed, offset: 3, singleThrough: 5, later: crashed },
    },
    {
      what: 'with one between two that are in question',
      before: twofold,
      inFlight: [6, 6],
      after: { ...none, offset: 6, crashes: 1, singleThrough: 6, later: crashed },
    },
  ]) {
    const [first = 0, last = 0] = inFlight
    t.strictSame(afterCrash(before, { first, last }), after, what)
  }
})

t.test('records are done', async (t) => {
  for (const { what, before, last, after } of [
    { what: 'nothing is known', before: null, last: 7, after: null },
    { what: 'before those in question', before: failing, last: 9, after: failing },
    {
      what: 'the one in question: its attempts are forgotten',
      before: failing,
      last: 10,
      after: { ...none, offset: 11, singleThrough: 12 },
    },
    { what: 'the last in question', before: failing, last: 12, after: null },
    { what: 'more than the last', before: failing, last: 40, after: null },
    { what: 'one of those that were in flight together', before: { ...crashed, crashes: 2 }, last: 10, after: { ...crashed, offset: 11 } },
    { what: 'those that came again', before: twofold, last: 4, after: crashed },
    { what: 'one of those that came again', before: twofold, last: 3, after: { ...none, offset: 4, singleThrough: 4, later: crashed } },
    { what: 'both', before: twofold, last: 14, after: null },
    { what: 'some of both', before: twofold, last: 11, after: { ...crashed, offset: 12 } },
  ]) {
    t.strictSame(afterDone(before, last), after, what)
  }
})

t.test('how many are handled together', async (t) => {
  for (const { what, before, offsets, count } of [
    { what: 'all, without a state', before: null, offsets: [1, 2, 3], count: 3 },
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

/** Runs a partition of records 0 .. 99 to its end, in processes that some of them crash; returns what was given up, after how many crashes. */
function live(crashers: readonly number[]): Map<number, number> {
  const givenUp = new Map<number, number>()
  const crashes = new Map<number, number>()
  let state: RetryState | null = null
  for (let next = 0; next <= 99; ) {
    const count: number = countTogether(state, records(...Array.from({ length: 100 - next }, (_, n) => next + n)))
    const inFlight = { first: next, last: next + count - 1 }
    const crasher = crashers.find((offset) => offset >= inFlight.first && offset <= inFlight.last)
    if (stateAt(state, next).crashes >= crashesAtMost) givenUp.set(next, crashes.get(next) ?? 0)
    else if (crasher !== undefined) {
      crashes.set(crasher, (crashes.get(crasher) ?? 0) + 1)
      state = afterCrash(state, inFlight)
      // Nothing was committed to the bus: all comes again, and what is done is passed over together.
      next = 0
      const repeated: number = countTogether(state, records(...Array.from({ length: 100 }, (_, n) => n)))
      if (state.offset > 0) {
        t.equal(repeated, state.offset)
        next = state.offset
      }
      continue
    }
    state = afterDone(state, inFlight.last)
    next = inFlight.last + 1
  }
  t.equal(state, null, 'in the end there is no state')
  return givenUp
}

t.test('of a hundred records exactly those are given up that crash the process', async (t) => {
  t.strictSame([...live([])], [])
  t.strictSame([...live([50])], [[50, 3]])
  t.strictSame([...live([0])], [[0, 3]])
  t.strictSame([...live([99])], [[99, 3]])
  // The second was in flight with the first once: one crash of each of them is common.
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

t.test('a state is read as it was written; what is none is told, with where it is wrong', async (t) => {
  for (const state of [null, failing, crashed, twofold, { ...failing, retryableAttempts: 1, retryAt: 1_795_000_000_000.5, decision }]) {
    const json = JSON.parse(JSON.stringify(state))
    t.strictSame(readRetryState(json), { state })
    t.strictSame(readRetryState(json === null ? undefined : { ...json, ofALaterVersion: 1 }), {
      state: state && { ...state, ofALaterVersion: 1 },
    })
  }
  for (const { json, fault } of [
    { json: 'text', fault: /^the state: / },
    { json: [failing], fault: /^the state: / },
    { json: {}, fault: /^\/offset: / },
    { json: { ...failing, crashes: '1' }, fault: /^\/crashes: / },
    { json: { ...failing, attempts: -1 }, fault: /^\/attempts: / },
    { json: { ...failing, decision: { ...decision, cause: 'whim' } }, fault: /^\/decision\/cause: / },
    { json: { ...failing, later: { ...crashed, offset: null } }, fault: /^\/later\/offset: / },
  ]) {
    t.match(readRetryState(json), { fault }, JSON.stringify(json))
  }
})
