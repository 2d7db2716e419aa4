import { AppError } from '@crm/service-kit/errors/app-error.ts'
import httpProxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { Counter, type Registry } from 'prom-client'
import type { PublicOperation } from '../routing/public-operations.ts'
import { eventStreams } from './event-streams.ts'
import { forward, replyOptions } from './forward.ts'
import { type AnswerLimits, createAnswerSender, type SendAnswer } from './send-answer.ts'
import type { Upstream } from './upstream.ts'

export interface ProxiedService {
  name: string
  url: string
  upstream: Upstream
  operations: PublicOperation[]
}

export interface ProxyOptions {
  services: ProxiedService[]
  registry: Registry
  answerLimits: AnswerLimits
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a route that wants no access token. */
    isOpen?: boolean
    /** Of a route that answers with an event stream. */
    isStream?: boolean
  }
}

const dotSegment = /(^|[\\/])\.{1,2}([\\/]|$)|\\/
// No id looks like that, and the proxy would fail over it.
const dotsAtSlash = /\/\.\.|\.\.\//

const dottedId = { pointer: '/path', message: 'must hold no two dots beside a slash' }

/** Passes each operation on to the service that answers it. Bodies are read whole before, within the limits of size and time. */
export const proxy: FastifyPluginAsync<ProxyOptions> = async (app, { services, registry, answerLimits }) => {
  const failures = new Counter({
    name: 'gateway_upstream_failures_total',
    help: 'Requests that a service did not answer, by service and problem code',
    labelNames: ['service', 'code'],
    registers: [registry],
  })
  await app.register(eventStreams)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body.length > 0 ? body : undefined))
  // The proxy would resolve them, and ask for another path than the one that was decided on.
  app.addHook('onRequest', async ({ url, method }) => {
    // The router reads a path up to its fragment, which no client sends; only proxies are sent whole URLs.
    if (url.includes('#') || !url.startsWith('/')) throw new AppError('malformed_request', 'What is asked for is not a path.')
    const path = url.split('?', 1)[0] ?? url
    const decoded = decodeURIComponent(path)
    if (dotSegment.test(decoded)) throw new AppError('not_found', `There is no ${method} ${path}.`)
    if (dotsAtSlash.test(decoded)) throw new AppError('validation_failed', 'A part of the path is no id.', { errors: [dottedId] })
  })
  const sendAnswer = createAnswerSender(app, answerLimits)
  for (const service of services) {
    for (const operations of groupsOf(service.operations)) await passOn(app, { service, operations, failures, sendAnswer })
  }
}

/** Operations that the plugin can take at once: it has one method and one pool for all its routes. */
function groupsOf(operations: PublicOperation[]): PublicOperation[][] {
  const groups = Object.groupBy(operations, ({ method, isOpen, isStream }) => `${method} ${isOpen} ${isStream}`)
  return Object.values(groups).map((group = []) => group)
}

// The plugin is typed by another release of undici; all it does is to call `request` with a callback.
type PluginRequests = NonNullable<FastifyHttpProxyOptions['undici']>

interface Group {
  service: ProxiedService
  operations: PublicOperation[]
  failures: Counter
  sendAnswer: SendAnswer
}

async function passOn(app: FastifyInstance, { service, operations, failures, sendAnswer }: Group): Promise<void> {
  const [first] = operations
  if (first === undefined) return
  const { upstream } = service
  await app.register(httpProxy, {
    upstream: service.url,
    routes: operations.map(({ url }) => url),
    httpMethods: [first.method],
    config: { isOpen: first.isOpen, isStream: first.isStream },
    undici: (first.isStream ? upstream.streams : upstream.requests) as PluginRequests,
    // Read by the parser above, and sent as it came: the plugin would write JSON anew.
    proxyPayloads: false,
    handler: forward({ service: service.name, failures, sendAnswer }),
    replyOptions,
    disableCache: true,
    disableRequestLogging: true,
  })
}
