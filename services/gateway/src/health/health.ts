import { createAnswerCache } from '@crm/service-kit/http-client/answer-cache.ts'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import type { Upstream } from '../proxy/upstream.ts'

export interface HealthService {
  name: string
  upstream: Pick<Upstream, 'get'>
  /** Whether the gateway is down without it, not only degraded. */
  isNeeded: boolean
}

export interface HealthOptions {
  services: HealthService[]
  /** True once the process has been told to stop. */
  isDraining: () => boolean
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a route that load balancers ask, which is counted by itself. */
    isProbe?: boolean
  }
}

type Status = 'ok' | 'degraded' | 'down'

const probe = { schema: { hide: true }, logLevel: 'warn', config: { isProbe: true } } as const
/** Milliseconds: however often it is asked, the services are asked no more often. */
const rememberedForMs = 500
const answerWithinMs = 1_000

/**
 * GET /live: this process runs. GET /ready: it may get requests; services that are away are no reason against it, it says so itself then.
 * GET /health: the services summed up; 503 without one that everything needs, 200 `degraded` when another, or a part of one, is away.
 */
export const health: FastifyPluginAsync<HealthOptions> = async (app, { services, isDraining }) => {
  const statuses = createAnswerCache<Status, HealthService>({ ask: (_name, service) => statusOf(service), ttlMs: rememberedForMs })

  app.get('/live', probe, async (_request, reply) => answer(reply, 200, { status: 'live' }))

  app.get('/ready', probe, async (_request, reply) => {
    if (isDraining()) return answer(reply, 503, { status: 'not_ready', reasons: ['the process is stopping'] })
    return answer(reply, 200, { status: 'ready' })
  })

  app.get('/health', probe, async (_request, reply) => {
    const found = await Promise.all(services.map(async (service) => ({ ...service, status: await statuses.get(service.name, service) })))
    const status = sumUp(found)
    const byName = Object.fromEntries(found.map((service) => [service.name, service.status]))
    return answer(reply, status === 'down' ? 503 : 200, { status, services: byName })
  })
}

/** What the services' statuses make of the whole. */
export function sumUp(services: { status: Status; isNeeded: boolean }[]): Status {
  if (services.some(({ status, isNeeded }) => isNeeded && status === 'down')) return 'down'
  return services.every(({ status }) => status === 'ok') ? 'ok' : 'degraded'
}

// Never rejects: no answer is an answer too.
async function statusOf({ upstream }: HealthService): Promise<Status> {
  try {
    const { status, text } = await upstream.get('/health', answerWithinMs)
    if (status !== 200) return 'down'
    return JSON.parse(text).status === 'ok' ? 'ok' : 'degraded'
  } catch {
    return 'down'
  }
}

function answer(reply: FastifyReply, status: number, body: Record<string, unknown>): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send(body)
}
