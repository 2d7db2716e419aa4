import { setTimeout as delay } from 'node:timers/promises'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import { Counter, Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { metricsRoute, requestMetrics } from '../../src/metrics/metrics.ts'

async function start(t: Test, registry = new Registry()) {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(requestMetrics, { registry })
  await app.register(metricsRoute, { registry })
  app.get('/v1/leads/:leadId', async () => ({}))
  app.get('/slow', () => delay(50, {}))
  app.get('/broken', async () => {
    throw new Error('broken')
  })
  await app.ready()
  return app
}

t.test('requests are counted by method, route pattern and status, never by URL', async (t) => {
  const app = await start(t)
  for (const url of ['/v1/leads/1', '/v1/leads/2', '/broken', '/no/such', '/nor/such']) await app.inject(url)
  const { body, headers } = await app.inject('/metrics')
  t.match(headers['content-type'], /^text\/plain/)
  t.match(body, 'http_request_duration_seconds_count{method="GET",route="/v1/leads/:leadId",status="200"} 2\n')
  t.match(body, 'http_request_duration_seconds_count{method="GET",route="/broken",status="500"} 1\n')
  t.match(body, 'http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 2\n')
  t.notMatch(body, '/no/such')
})

t.test('durations are seconds', async (t) => {
  const app = await start(t)
  await app.inject('/slow')
  const { body } = await app.inject('/metrics')
  const sum = Number(/http_request_duration_seconds_sum\{.*slow.*\} (\S+)/.exec(body)?.[1])
  t.ok(sum > 0.049 && sum < 50, `${sum} s`)
})

t.test('the process is measured, beside what others put into the registry, also when they measured it already', async (t) => {
  const registry = new Registry()
  new Counter({ name: 'relay_published_total', help: 'events published', registers: [registry] }).inc(3)
  await start(t, registry)
  registry.removeSingleMetric('http_request_duration_seconds')
  const app = await start(t, registry)
  const { body } = await app.inject('/metrics')
  t.match(body, 'process_resident_memory_bytes ')
  t.match(body, 'nodejs_eventloop_lag_seconds ')
  t.match(body, 'relay_published_total 3')
})

t.test('the generated document does not mention these routes', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, { openapi: {} })
  await app.register(metricsRoute, { registry: new Registry() })
  await app.ready()
  t.strictSame(Object.keys(app.swagger().paths ?? {}), [])
})
