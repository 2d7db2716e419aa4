import { AppError } from '@crm/service-kit/errors/app-error.ts'
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sessionDays } from '../sessions/refresh-token.ts'

/** What browsers keep their refresh token as. */
export const refreshCookie = 'crm_refresh'
const loopback = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/i

/** Gives the browser its refresh token, which no script can read and no other site has it send. */
export function setRefreshCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  reply.setCookie(refreshCookie, token, { ...attributes(request), maxAge: sessionDays * 24 * 60 * 60 })
}

export function clearRefreshCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(refreshCookie, attributes(request))
}

/** The refresh token that the browser sent, if any. Throws `forbidden` for one that another site's page had it send. */
export function refreshCookieOf(request: FastifyRequest): string | undefined {
  const token = request.cookies[refreshCookie]
  if (token !== undefined) requireOwnOrigin(request)
  return token
}

/** Throws `forbidden` unless the request comes from a page of this very host. */
export function requireOwnOrigin(request: FastifyRequest): void {
  const { origin } = request.headers
  if (origin === undefined) throw new AppError('forbidden', 'With a cookie, the header Origin must say which page asks.')
  if (!isOwnOrigin(origin, request)) throw new AppError('forbidden', 'The header Origin names a page of another host.')
}

/**
 * Whether an origin is that of what a request was sent to, where the port that goes without saying may be left out. A page that came by
 * plain http is not one of a host that is reached by https. The other way round it may be: not every proxy says what it speaks to clients.
 */
export function isOwnOrigin(origin: string, { protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol: scheme, host: asking } = new URL(origin)
  if (scheme !== 'https:' && (scheme !== 'http:' || protocol === 'https')) return false
  const own = `${scheme}//${host}`
  return URL.canParse(own) && new URL(own).host === asking
}

// Browsers keep Secure cookies of plain http on loopback too, but not all of them send these.
function attributes({ hostname }: FastifyRequest): CookieSerializeOptions {
  return { httpOnly: true, sameSite: 'strict', path: '/v1/auth', secure: !loopback.test(hostname) }
}
