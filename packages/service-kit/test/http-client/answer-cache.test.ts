import t from 'tap'
import { createAnswerCache } from '../../src/http-client/answer-cache.ts'

/** A cache whose clock and answers are in the test's hands. */
function controlled(options: { ttlMs?: number; maxSize?: number; sizeOf?: (answer: string) => number } = {}) {
  const clock = { now: 5_000 }
  const questions: { key: string; asker: string; answer: (value: string) => void; fail: (error: Error) => void }[] = []
  const cache = createAnswerCache<string, string>({
    ...options,
    now: () => clock.now,
    ask: (key, asker) => new Promise((answer, fail) => questions.push({ key, asker, answer, fail })),
  })
  const question = (index: number) => {
    const found = questions[index]
    if (found === undefined) throw new Error(`question ${index} was not asked`)
    return found
  }
  return { cache, clock, questions, question }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('concurrent identical questions share one request; others do not', async (t) => {
  const { cache, questions, question } = controlled()
  const first = cache.get('a', 'x')
  const second = cache.get('a', 'y')
  const other = cache.get('b', 'z')
  await settled()
  t.strictSame(
    questions.map(({ key, asker }) => [key, asker]),
    [
      ['a', 'x'],
      ['b', 'z'],
    ],
  )
  question(1).answer('B')
  question(0).answer('A')
  t.equal(await first, 'A')
  t.equal(await second, 'A')
  t.equal(await other, 'B')
})

t.test('an answer serves for ttlMs from when its question was asked, not from when it came', async (t) => {
  const { cache, clock, questions, question } = controlled({ ttlMs: 1000 })
  t.equal(cache.peek('a'), undefined)
  const first = cache.get('a', 'x')
  await settled()
  clock.now += 600
  question(0).answer('A')
  await first
  clock.now += 399
  t.equal(cache.peek('a'), 'A')
  t.equal(await cache.get('a', 'x'), 'A')
  clock.now += 2
  t.equal(cache.peek('a'), undefined)
  void cache.get('a', 'x')
  await settled()
  t.equal(questions.length, 2)
})

t.test('a question that has run for longer than an answer lives is not joined, and its answer is not kept', async (t) => {
  const { cache, clock, questions, question } = controlled({ ttlMs: 1000 })
  const slow = cache.get('a', 'x')
  await settled()
  clock.now += 1001
  const later = cache.get('a', 'x')
  await settled()
  t.equal(questions.length, 2)
  question(0).answer('old')
  t.equal(await slow, 'old')
  t.equal(cache.peek('a'), undefined)
  question(1).answer('new')
  t.equal(await later, 'new')
  t.equal(cache.peek('a'), 'new')
})

t.test('an error reaches all who wait and is not cached', async (t) => {
  const { cache, questions, question } = controlled()
  const calls = [cache.get('a', 'x'), cache.get('a', 'x')]
  await settled()
  question(0).fail(new Error('unavailable'))
  for (const call of calls) await t.rejects(call, { message: 'unavailable' })
  const again = cache.get('a', 'x')
  await settled()
  t.equal(questions.length, 2)
  question(1).answer('A')
  t.equal(await again, 'A')
})

t.test('an ask that throws instead of rejecting does no harm', async (t) => {
  let isBroken = true
  const cache = createAnswerCache<string, string>({
    ask: () => {
      if (isBroken) throw new Error('thrown')
      return Promise.resolve('A')
    },
  })
  await t.rejects(cache.get('a', 'x'), { message: 'thrown' })
  isBroken = false
  t.equal(await cache.get('a', 'x'), 'A')
})

t.test('ask', async (t) => {
  await t.test('asks again although an answer is cached, and refreshes it', async (t) => {
    const { cache, question } = controlled()
    const first = cache.get('a', 'x')
    await settled()
    question(0).answer('old')
    await first
    const asked = cache.ask('a', 'x')
    t.equal(cache.peek('a'), 'old')
    await settled()
    question(1).answer('new')
    t.equal(await asked, 'new')
    t.equal(cache.peek('a'), 'new')
  })
  await t.test('is not satisfied by a question in flight, whose later answer does not replace the newer one', async (t) => {
    const { cache, question } = controlled()
    const first = cache.get('a', 'x')
    await settled()
    const asked = cache.ask('a', 'x')
    await settled()
    question(1).answer('new')
    t.equal(await asked, 'new')
    question(0).answer('old')
    t.equal(await first, 'old')
    t.equal(cache.peek('a'), 'new')
  })
  await t.test('shares one question among calls of the same turn, also with those who get', async (t) => {
    const { cache, questions, question } = controlled()
    const asked = [cache.ask('a', 'x'), cache.ask('a', 'x')]
    const got = cache.get('a', 'x')
    await settled()
    t.equal(questions.length, 1)
    question(0).answer('A')
    t.strictSame(await Promise.all(asked), ['A', 'A'])
    t.equal(await got, 'A')
  })
  await t.test('asks anew in a later turn', async (t) => {
    const { cache, questions } = controlled()
    void cache.ask('a', 'x')
    await settled()
    void cache.ask('a', 'x')
    await settled()
    t.equal(questions.length, 2)
  })
  await t.test('fails with the error, once, and leaves the cached answer', async (t) => {
    const { cache, question } = controlled()
    const first = cache.get('a', 'x')
    await settled()
    question(0).answer('A')
    await first
    const asked = cache.ask('a', 'x')
    await settled()
    question(1).fail(new Error('unavailable'))
    await t.rejects(asked, { message: 'unavailable' })
    t.equal(cache.peek('a'), 'A')
  })
})

async function answered(cache: { get(key: string, asker: string): Promise<string> }, key: string, answering: () => void): Promise<void> {
  const call = cache.get(key, 'x')
  await settled()
  answering()
  await call
}

t.test('the answers kept take `maxSize` together at most: those used last stay', async (t) => {
  const { cache, question } = controlled({ maxSize: 5, sizeOf: (answer) => answer.length })
  for (const [index, key] of ['a', 'b', 'c'].entries()) {
    await answered(cache, key, () => question(index).answer(key.repeat(2)))
    cache.peek('a')
  }
  t.strictSame(['a', 'b', 'c'].map(cache.peek), ['aa', undefined, 'cc'])
})

t.test('an answer that is larger than `maxSize` is given but not kept, and pushes no other out', async (t) => {
  const { cache, question } = controlled({ maxSize: 5, sizeOf: (answer) => answer.length })
  await answered(cache, 'a', () => question(0).answer('A'))
  await answered(cache, 'b', () => question(1).answer('B'.repeat(6)))
  t.strictSame(['a', 'b'].map(cache.peek), ['A', undefined])
})
