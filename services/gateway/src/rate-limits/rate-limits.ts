import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { clientNetwork } from '@crm/service-kit/http/client-address.ts'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Counter, type Registry } from 'prom-client'
import { limitInFlight } from './in-flight.ts'

export interface RateLimitSettings {
  RATE_LIMIT_PER_USER: number
  RATE_LIMIT_PER_ADDRESS: number
  RATE_LIMIT_UNAUTHENTICATED: number
}

/** Each counts the request and says in the headers of its answer what is left. Rejects with `rate_limited` when nothing is. */
export interface RateLimits {
  countAddress: Count
  /** By address, apart from other requests: whatever else comes from there, a load balancer gets its answer. */
  countProbe: Count
  countUnauthenticated: Count
  /** By the request's user, who may not have too many under way at once either. */
  countUser: Count
}
type Count = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

const windowMs = 60_000
// Far more than load balancers ask.
const probesPerAddress = 1_200
// How many users and addresses are remembered at once, those seen last; some 15 MB together when all are.
const remembered = 50_000

interface Limit {
  /** Requests a minute. */
  max: number
  /** Which requests, in the words of a problem. */
  what: string
  /** Whose they are; their network's by default. */
  of?: (request: FastifyRequest) => string
}

const network = ({ ip }: FastifyRequest): string => clientNetwork(ip)

/** The limits of this gateway, which are kept in its memory: each instance has its own. */
export async function createRateLimits(app: FastifyInstance, settings: RateLimitSettings, registry: Registry): Promise<RateLimits> {
  await app.register(rateLimit, { global: false })
  const refused = new Counter({
    name: 'gateway_rate_limited_total',
    help: 'Requests refused by a rate limit, by the limit',
    labelNames: ['limit'],
    registers: [registry],
  })
  const count = (name: string, { max, what, of: keyGenerator = network }: Limit): Count => {
    // The plugin's types of a single limit leave `cache` out, which it does take.
    const settings = { max, keyGenerator, timeWindow: windowMs, cache: remembered }
    const check = app.createRateLimit(settings)
    return async (request, reply) => {
      const state = await check(request)
      if (state.isAllowed) return
      const reset = Math.max(1, state.ttlInSeconds)
      reply.headers({ 'ratelimit-limit': state.max, 'ratelimit-remaining': state.remaining, 'ratelimit-reset': reset })
      if (!state.isExceeded) return
      refused.inc({ limit: name })
      throw new AppError('rate_limited', `More than ${state.max} requests a minute ${what}.`, { headers: { 'retry-after': String(reset) } })
    }
  }
  const countUser = count('user', { max: settings.RATE_LIMIT_PER_USER, what: 'by this user', of: ({ userId }) => userId ?? '' })
  const countInFlight = limitInFlight(() => refused.inc({ limit: 'in_flight' }))
  return {
    countAddress: count('address', { max: settings.RATE_LIMIT_PER_ADDRESS, what: 'from this address' }),
    countProbe: count('probe', { max: probesPerAddress, what: 'for probes from this address' }),
    countUnauthenticated: count('unauthenticated', {
      max: settings.RATE_LIMIT_UNAUTHENTICATED,
      what: 'without a good access token from this address',
    }),
    async countUser(request, reply) {
      await countUser(request, reply)
      countInFlight(request, reply)
    },
  }
}
