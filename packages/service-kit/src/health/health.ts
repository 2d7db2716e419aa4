import type {} from '@fastify/swagger'
import type { FastifyInstance, FastifyReply } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { boundCheck } from './bounded-check.ts'

export interface HealthOptions {
  /** Each rejects when its part does not answer; `kafka` is the event bus, whichever it is. */
  checks: { database: () => Promise<void>; kafka?: () => Promise<void> }
  /** Rejects with a message for the operator while the database is older than this process needs. */
  schemaVersion?: () => Promise<void>
  /** True once the process has been told to stop. */
  isDraining: () => boolean
}

const hidden = { schema: { hide: true }, logLevel: 'warn' } as const

/**
 * GET /live: this process runs. GET /ready: it may get requests, else 503 with the reasons. GET /health: what works; 503
 * without the database, 200 `degraded` without the event bus. Every check is bounded to 1 s.
 */
export const health = fastifyPlugin(registerHealth, { name: 'health', fastify: '5.x' })

async function registerHealth(app: FastifyInstance, { checks, schemaVersion, isDraining }: HealthOptions): Promise<void> {
  const database = boundCheck(checks.database)
  const kafka = checks.kafka && boundCheck(checks.kafka)
  const schema = boundCheck(schemaVersion ?? (async () => {}))

  app.get('/live', hidden, async (_request, reply) => answer(reply, 200, { status: 'live' }))

  app.get('/ready', hidden, async (_request, reply) => {
    if (isDraining()) return answer(reply, 503, { status: 'not_ready', reasons: ['the process is stopping'] })
    const [databaseError, schemaError] = await Promise.all([database(), schema()])
    if (databaseError) return answer(reply, 503, { status: 'not_ready', reasons: ['the database does not answer'] })
    if (schemaError) return answer(reply, 503, { status: 'not_ready', reasons: [schemaError.message] })
    return answer(reply, 200, { status: 'ready' })
  })

  app.get('/health', hidden, async (_request, reply) => {
    const [databaseError, kafkaError] = await Promise.all([database(), kafka?.()])
    const status = databaseError ? 'down' : kafkaError ? 'degraded' : 'ok'
    const body = { status, database: databaseError ? 'down' : 'up', ...(kafka && { kafka: kafkaError ? 'down' : 'up' }) }
    return answer(reply, databaseError ? 503 : 200, body)
  })
}

function answer(reply: FastifyReply, status: number, body: Record<string, unknown>): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send(body)
}
