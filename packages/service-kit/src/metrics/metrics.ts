import type {} from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { collectDefaultMetrics, Histogram, type Registry } from 'prom-client'

export interface MetricsOptions {
  /** One registry a process part. */
  registry: Registry
}

/** Measures every request as `http_request_duration_seconds` (method, route pattern, status), and the process. */
export const requestMetrics = fastifyPlugin(measureRequests, { name: 'request-metrics', fastify: '5.x' })

/** Serves what the registry holds at GET /metrics, in the format of Prometheus. */
export const metricsRoute = fastifyPlugin(serveMetrics, { name: 'metrics-route', fastify: '5.x' })

async function measureRequests(app: FastifyInstance, { registry }: MetricsOptions): Promise<void> {
  // A registry shared with other parts of the process may have them already, and prom-client refuses a name twice.
  if (registry.getSingleMetric('process_cpu_seconds_total') === undefined) collectDefaultMetrics({ register: registry })

  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its response',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })

  app.addHook('onResponse', (request, reply, done) => {
    // The pattern, never the URL: ids in it would make a time series each.
    const route = request.routeOptions.url ?? 'unmatched'
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    done()
  })
}

async function serveMetrics(app: FastifyInstance, { registry }: MetricsOptions): Promise<void> {
  app.get('/metrics', { schema: { hide: true }, logLevel: 'warn' }, async (_request, reply) => {
    const text = await registry.metrics()
    return reply.type(registry.contentType).header('cache-control', 'no-store').send(text)
  })
}
