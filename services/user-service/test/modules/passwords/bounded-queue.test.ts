import { Registry } from 'prom-client'
import t from 'tap'
import { createBoundedQueue, QueueFullError } from '../../../src/modules/passwords/bounded-queue.ts'
import { createPasswordHasher } from '../../../src/modules/passwords/password-hasher.ts'

t.test('no more tasks run at once than may, in the order they came', async (t) => {
  const queue = createBoundedQueue({ concurrency: 2, waiting: 10 })
  const ends: (() => void)[] = []
  const order: number[] = []
  let running = 0
  let most = 0
  const task = (n: number) => async () => {
    order.push(n)
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => ends.push(resolve))
    running--
    return n
  }
  const results = Promise.all(Array.from({ length: 7 }, (_, n) => queue.run(task(n))))
  while (order.length < 7) {
    await new Promise(setImmediate)
    ends.shift()?.()
  }
  while (ends.length > 0) ends.shift()?.()
  t.same(await results, [0, 1, 2, 3, 4, 5, 6])
  t.same(order, [0, 1, 2, 3, 4, 5, 6])
  t.equal(most, 2)
})

t.test('who comes when as many wait as may is turned away at once, and the others have their turn', async (t) => {
  const queue = createBoundedQueue({ concurrency: 1, waiting: 2 })
  const { promise, resolve } = Promise.withResolvers<void>()
  const accepted = [queue.run(() => promise), queue.run(async () => 'second'), queue.run(async () => 'third')]
  await new Promise(setImmediate)
  t.equal(queue.waiting(), 2)
  await t.rejects(
    queue.run(async () => 'fourth'),
    QueueFullError,
  )
  resolve()
  t.same(await Promise.all(accepted), [undefined, 'second', 'third'])
  t.equal(await queue.run(async () => 'fifth'), 'fifth')
})

t.test('a task that fails makes room', async (t) => {
  const queue = createBoundedQueue({ concurrency: 1, waiting: 1 })
  const failing = queue.run(async () => Promise.reject(new Error('failed')))
  const next = queue.run(async () => 'next')
  await t.rejects(failing, { message: 'failed' })
  t.equal(await next, 'next')
})

t.test('however many passwords wait to be stored, others are checked', async (t) => {
  const hasher = createPasswordHasher(new Registry(), { concurrency: 1, waiting: 1 })
  const stored = Promise.allSettled(Array.from({ length: 5 }, () => hasher.hash('password')))
  t.equal(await hasher.matches('password', null), false)
  const answers = await stored
  t.equal(answers.filter(({ status }) => status === 'fulfilled').length, 2)
})

t.test('passwords that too many wait to have checked are turned away with 503 and a time to wait', async (t) => {
  const registry = new Registry()
  const hasher = createPasswordHasher(registry, { concurrency: 1, waiting: 1 })
  const answers = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.matches('password', null)))
  t.same(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.code)),
    [false, false, 'unavailable', 'unavailable', 'unavailable'],
  )
  t.match(answers[4], { reason: { status: 503, headers: { 'retry-after': '1' } } })
  t.match(await registry.metrics(), /password_hashes_total\{purpose="check"\} 2\n/)
})
