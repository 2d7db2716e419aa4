import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { sumUp } from '../../src/health/health.ts'
import { hang } from '../scripted-service.ts'
import { startGateway } from '../start-gateway.ts'

t.test('the services decide the whole: down without one that everything needs, degraded without another', async (t) => {
  const needed = { isNeeded: true }
  const other = { isNeeded: false }
  for (const [user, things, whole] of [
    ['ok', 'ok', 'ok'],
    ['ok', 'degraded', 'degraded'],
    ['degraded', 'ok', 'degraded'],
    ['ok', 'down', 'degraded'],
    ['degraded', 'down', 'degraded'],
    ['down', 'ok', 'down'],
    ['down', 'down', 'down'],
  ] as const) {
    t.equal(
      sumUp([
        { status: user, ...needed },
        { status: things, ...other },
      ]),
      whole,
      `${user}, ${things}`,
    )
  }
})

t.test('/health asks every service, and says of each how it is', async (t) => {
  const { userService, things, send } = await startGateway(t)
  /** What it says once it has forgotten what it said before. */
  const healthOf = async (whole: string) => {
    const says = async () => {
      const { status, text } = await send('/health')
      const body: { status: string; services: object } = JSON.parse(text)
      return body.status === whole && { status, services: body.services }
    }
    return until(says, { timeoutMs: 5_000, what: `the whole is ${whole}` })
  }
  t.strictSame(await healthOf('ok'), { status: 200, services: { 'user-service': 'ok', 'things-service': 'ok' } })
  await things.stop()
  t.strictSame(await healthOf('degraded'), { status: 200, services: { 'user-service': 'ok', 'things-service': 'down' } })
  await userService.stop()
  t.strictSame(await healthOf('down'), { status: 503, services: { 'user-service': 'down', 'things-service': 'down' } })
})

t.test('/health waits for no request to a service', async (t) => {
  const { things, authorized, send } = await startGateway(t, { connections: 1, answerWithinMs: 60_000 })
  things.behave = hang
  const waiting = send('/v1/things', { headers: authorized })
  await until(() => things.received.length === 1, { timeoutMs: 60_000, what: 'its connection is taken' })
  const isWell = async () => JSON.parse((await send('/health')).text).services['things-service'] === 'ok'
  t.ok(await until(isWell, { timeoutMs: 10_000, what: 'it is well' }))
  await things.stop()
  t.equal((await waiting).status, 503)
})

t.test('the gateway lives and is ready whatever its services are, until it is told to stop', async (t) => {
  const { app, userService, things, send } = await startGateway(t)
  await Promise.all([userService.stop(), things.stop()])
  t.match(await send('/live'), { status: 200, text: '{"status":"live"}' })
  t.match(await send('/ready'), { status: 200, text: '{"status":"ready"}' })
  app.setDraining()
  t.equal((await send('/ready')).status, 503)
  t.equal((await send('/live')).status, 200)
})
