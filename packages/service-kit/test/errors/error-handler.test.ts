import { createTestDatabase } from '@crm/testing/database.ts'
import { freePort } from '@crm/testing/ports.ts'
import { sql } from 'drizzle-orm'
import { integer, pgTable } from 'drizzle-orm/pg-core'
import t, { type Test } from 'tap'
import { connectDatabase } from '../../src/database/database.ts'
import { AppError } from '../../src/errors/app-error.ts'
import { databaseOutage, statementGivenUp } from '../../src/errors/database-outage.ts'
import { isProblem, testServer } from '../http/test-server.ts'

const things = pgTable('things', { id: integer('id').primaryKey() })

async function failing(t: Test, fail: () => unknown) {
  const server = await testServer(t)
  server.app.get('/things', async () => await fail())
  return server
}
const throwing = (error: unknown) => () => {
  throw error
}

t.test('an error of the domain is a problem with the status, title and headers of its code', async (t) => {
  const error = new AppError('precondition_failed', 'The record is at version 7.', { headers: { etag: '"7"' } })
  const { app, logs } = await failing(t, throwing(error))
  const response = await app.inject('/things?q=1')
  isProblem(t, response, { status: 412, code: 'precondition_failed' })
  t.equal(response.headers.etag, '"7"')
  t.strictSame(response.json(), {
    type: 'urn:crm:problem:precondition_failed',
    title: 'The record has changed since it was read',
    status: 412,
    detail: 'The record is at version 7.',
    code: 'precondition_failed',
    instance: '/things',
    requestId: response.headers['x-request-id'],
  })
  t.strictSame(
    logs().map(({ level }) => level),
    ['info'],
    'a refusal is not an error in the log',
  )
})

t.test('extra members and errors of the input come with it', async (t) => {
  const errors = [{ pointer: '/body/email', message: 'is taken' }]
  const error = new AppError('lead_already_exists', 'There is one.', { extra: { existingId: 'x' }, errors })
  const { app } = await failing(t, throwing(error))
  t.match((await app.inject('/things')).json(), { status: 409, code: 'lead_already_exists', existingId: 'x', errors })
})

t.test('a path that is not there is a 404 problem', async (t) => {
  const { app } = await failing(t, () => ({}))
  for (const request of [
    { url: '/nowhere?q=1' },
    { url: '/things', method: 'POST' as const },
    { url: '/nowhere', method: 'DELETE' as const },
  ]) {
    const response = await app.inject(request)
    isProblem(t, response, { status: 404, code: 'not_found' })
    t.notMatch(response.json().instance, '?')
  }
})

const unknown: [string, unknown][] = [
  ['an Error', Object.assign(new Error('select * from secrets'), { detail: 'secret detail', statusCode: 418 })],
  ['an Error with a code', Object.assign(new Error('secret'), { code: 'ENOENT' })],
  ['a text', 'secret'],
  ['an object', { message: 'secret', validation: [], code: 'FST_ERR_BAD_URL' }],
  ['null', null],
]
for (const [what, thrown] of unknown) {
  t.test(`${what} that nobody expected is 500 without a detail of the inside, and logged with the request id`, async (t) => {
    const { app, logs } = await failing(t, throwing(thrown))
    const response = await app.inject({ url: '/things', headers: { 'x-request-id': 'r-1' } })
    isProblem(t, response, { status: 500, code: 'internal_error' })
    t.notMatch(response.body, /secret/)
    t.match(response.json().detail, 'r-1')
    const [logged, ...others] = logs().filter(({ level }) => level === 'error')
    t.match(logged, { requestId: 'r-1', code: 'internal_error' })
    t.ok(logged?.err)
    t.strictSame(others, [])
  })
}

t.test('the log holds what was thrown, with its stack', async (t) => {
  const { app, logs } = await failing(t, throwing(new Error('the reason')))
  await app.inject('/things')
  t.match(
    logs().find(({ level }) => level === 'error'),
    { err: { message: 'the reason', stack: /error-handler\.test\.ts/ } },
  )
})

t.test('a database that cannot be reached is 503 with Retry-After, by plain statements and by built queries', async (t) => {
  const url = `postgres://postgres@127.0.0.1:${await freePort()}/none`
  const db = connectDatabase({ url, applicationName: 'test' })
  t.teardown(() => db.close())
  for (const query of [() => db.sql`select 1`, () => db.orm.execute(sql`select 1`), () => db.transaction(async (tx) => tx.sql`select 1`)]) {
    const { app, logs } = await failing(t, query)
    const response = await app.inject('/things')
    isProblem(t, response, { status: 503, code: 'unavailable' })
    t.equal(response.headers['retry-after'], '1')
    t.match(
      logs().filter(({ level }) => level === 'error'),
      [{ code: 'unavailable', err: Object }],
    )
  }
})

t.test('a backend that is lost in the middle of a query is 503, a wrong statement is 500', async (t) => {
  const { url } = await createTestDatabase(t, { tables: {} })
  const db = connectDatabase({ url, applicationName: 'test', maxConnections: 1 })
  t.teardown(() => db.close())
  const lost = await failing(t, () => db.sql`select pg_terminate_backend(pg_backend_pid())`)
  isProblem(t, await lost.app.inject('/things'), { status: 503, code: 'unavailable' })
  const wrong = await failing(t, () => db.sql`select * from nothing_here`)
  isProblem(t, await wrong.app.inject('/things'), { status: 500, code: 'internal_error' })
})

t.test('a row that others hold for too long, and a statement that takes too long, are 503 and no outage', async (t) => {
  const { url } = await createTestDatabase(t, { tables: { things } })
  const holder = connectDatabase({ url, applicationName: 'holder', maxConnections: 1 })
  const limited = connectDatabase({ url: `${url}?lock_timeout=50&statement_timeout=200`, applicationName: 'test', maxConnections: 1 })
  t.teardown(() => Promise.all([holder.close(), limited.close()]))
  await holder.orm.insert(things).values({ id: 1 })
  const released = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const holding = holder.transaction(async ({ orm }) => {
    await orm.select().from(things).for('update')
    held.resolve()
    await released.promise
  })
  await held.promise
  const queries = { lock: () => limited.orm.update(things).set({ id: 1 }), statement: () => limited.sql`select pg_sleep(60)` }
  for (const [what, query] of Object.entries(queries)) {
    const { app } = await failing(t, query)
    const response = await app.inject('/things')
    isProblem(t, response, { status: 503, code: 'unavailable' })
    t.equal(response.headers['retry-after'], '1', what)
    const error = await Promise.resolve(query()).catch((reason: unknown) => reason)
    t.equal(statementGivenUp(error), true, what)
    t.equal(databaseOutage(error), false, `${what}: a consumer counts it as an attempt`)
  }
  released.resolve()
  await holding
  t.strictSame(await limited.orm.update(things).set({ id: 2 }).returning(), [{ id: 2 }])
})
