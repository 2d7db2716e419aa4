import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@crm/testing/poll.ts'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { boundCheck } from '../../src/health/bounded-check.ts'
import { type HealthOptions, health } from '../../src/health/health.ts'

const up = async () => {}
const down = async () => {
  throw new Error('connection refused by 10.1.2.3')
}
const hanging = () => new Promise<void>(() => {})

async function start(t: Test, options: Partial<HealthOptions>) {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(health, { checks: { database: up }, isDraining: () => false, ...options })
  return app
}

t.test('/live answers whatever is broken', async (t) => {
  const app = await start(t, { checks: { database: hanging, kafka: down }, isDraining: () => true })
  const response = await app.inject('/live')
  t.equal(response.statusCode, 200)
  t.equal(response.headers['cache-control'], 'no-store')
})

t.test('/ready', async (t) => {
  const cases: { when: string; options: Partial<HealthOptions>; status: number; body: object }[] = [
    { when: 'all is well', options: { schemaVersion: up }, status: 200, body: { status: 'ready' } },
    {
      when: 'the broker is down: events wait in the outbox',
      options: { checks: { database: up, kafka: down } },
      status: 200,
      body: { status: 'ready' },
    },
    {
      when: 'the process is stopping',
      options: { isDraining: () => true },
      status: 503,
      body: { status: 'not_ready', reasons: ['the process is stopping'] },
    },
    {
      when: 'the database is down',
      options: { checks: { database: down }, schemaVersion: down },
      status: 503,
      body: { status: 'not_ready', reasons: ['the database does not answer'] },
    },
    {
      when: 'the schema is too old',
      options: { schemaVersion: () => Promise.reject(new Error('crm_db is at a, this process needs b: run the migrate command')) },
      status: 503,
      body: { status: 'not_ready', reasons: ['crm_db is at a, this process needs b: run the migrate command'] },
    },
  ]
  for (const { when, options, status, body } of cases) {
    await t.test(`${status} when ${when}`, async (t) => {
      const response = await (await start(t, options)).inject('/ready')
      t.equal(response.statusCode, status)
      t.strictSame(response.json(), body)
      t.equal(response.headers['cache-control'], 'no-store')
    })
  }
})

t.test('/health', async (t) => {
  const cases = [
    { checks: { database: up, kafka: up }, status: 200, body: { status: 'ok', database: 'up', kafka: 'up' } },
    { checks: { database: up, kafka: down }, status: 200, body: { status: 'degraded', database: 'up', kafka: 'down' } },
    { checks: { database: down, kafka: up }, status: 503, body: { status: 'down', database: 'down', kafka: 'up' } },
    { checks: { database: down, kafka: down }, status: 503, body: { status: 'down', database: 'down', kafka: 'down' } },
    { checks: { database: up }, status: 200, body: { status: 'ok', database: 'up' } },
  ]
  for (const { checks, status, body } of cases) {
    await t.test(`${status} ${JSON.stringify(body)}`, async (t) => {
      const response = await (await start(t, { checks })).inject('/health')
      t.equal(response.statusCode, status)
      t.strictSame(response.json(), body)
      t.equal(response.headers['cache-control'], 'no-store')
    })
  }
})

t.test('a check that hangs counts as down after its second, for every probe, and is asked once', async (t) => {
  let asked = 0
  const database = () => {
    asked++
    return hanging()
  }
  const app = await start(t, { checks: { database } })
  const answers = Promise.all([app.inject('/health'), app.inject('/ready'), app.inject('/health')])
  const winner = await Promise.race([answers, delay(5000, 'late' as const)])
  t.not(winner, 'late')
  t.strictSame(
    (await answers).map((answer) => answer.statusCode),
    [503, 503, 503],
  )
  t.equal(asked, 1)
})

t.test('a check is asked anew once it has answered, and one given up does not hide a recovery', async (t) => {
  const answers: (() => Promise<void>)[] = [down, up, hanging, up]
  const check = boundCheck(() => (answers.shift() ?? up)(), 20)
  t.match(await check(), { message: /connection refused/ })
  t.equal(await check(), undefined)
  t.match(await check(), { message: 'no answer within 20 ms' })
  await until(async () => (await check()) === undefined, { timeoutMs: 5000, what: 'the recovery is seen' })
})

t.test('the generated document does not mention these routes', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, { openapi: {} })
  await app.register(health, { checks: { database: up }, isDraining: () => false })
  await app.ready()
  t.strictSame(Object.keys(app.swagger().paths ?? {}), [])
})
