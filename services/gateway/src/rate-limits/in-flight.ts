import { AppError } from '@crm/service-kit/errors/app-error.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { whenOver } from '../exchange/when-over.ts'

// Half of the connections to a service: nobody who waits for answers occupies them all.
const perUser = 64

/** Counts a request as under way until its exchange is over. Throws `rate_limited` when its user has too many of them. */
export type CountInFlight = (request: FastifyRequest, reply: FastifyReply) => void

/** Event streams, which are to last, do not count. `onRefused` is told of each refusal. */
export function limitInFlight(onRefused: () => void): CountInFlight {
  const underWay = new Map<string, number>()
  return ({ userId = '', routeOptions }, reply) => {
    if (routeOptions.config.isStream) return
    const others = underWay.get(userId) ?? 0
    if (others >= perUser) {
      onRefused()
      throw new AppError('rate_limited', `More than ${perUser} requests at once by this user.`, { headers: { 'retry-after': '1' } })
    }
    underWay.set(userId, others + 1)
    whenOver(reply, () => {
      const left = (underWay.get(userId) ?? 1) - 1
      if (left > 0) underWay.set(userId, left)
      else underWay.delete(userId)
    })
  }
}
