import { Type } from '@sinclair/typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import { answerError } from '../errors/error-handler.ts'
import { Problem } from '../errors/problem-details.ts'
import { requestIdFrom } from '../logging/request-id.ts'
import { answerClientError } from './client-error.ts'
import { endConnectionsOnClose } from './closing-connections.ts'
import { refuseMalformedRequests } from './request-form.ts'
import { buildValidator } from './validation.ts'

// The query of an operation without parameters: whatever is given is refused, not ignored.
const noParameters = Type.Object({}, { additionalProperties: false })
/** Bytes of a request body at most. */
const bodyLimit = 64 * 1024

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>
type ValidatorFactory = NonNullable<CompilersFactory['buildValidator']>

export interface HttpServerOptions {
  logger: FastifyBaseLogger
  /** Addresses and CIDR ranges, by commas, whose x-forwarded-for, -host and -proto are believed: request.ip, .host and .protocol come from them. Default none. */
  trustProxy?: string
}

/** A Fastify instance with what cannot be set by a plugin: limits of time and size, request ids, and input validation. */
export function createHttpServer({ logger, trustProxy = '' }: HttpServerOptions): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit,
    trustProxy: trustProxy === '' ? false : trustProxy,
    requestTimeout: 10_000,
    // A client that reads nothing of its answer must not hold the connection to where it comes from.
    connectionTimeout: 60_000,
    keepAliveTimeout: 65_000,
    // Node would answer a missing Host itself, without a problem document; request-form.ts does.
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000, requireHostHeader: false },
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply.header('x-request-id', request.id)),
    requestIdHeader: false,
    genReqId: (request) => requestIdFrom(request.headers['x-request-id']),
    // The serializer knows fewer formats than the validator, and would warn of each it does not.
    serializerOpts: { ajv: { formats: { 'idn-email': true } } },
    schemaController: { compilersFactory: { buildValidator: buildValidator as ValidatorFactory } },
  })
  app.removeContentTypeParser('text/plain')
  app.addSchema(Problem)
  app.addHook('onRoute', ({ schema }) => {
    if (schema && !schema.hide) schema.querystring ??= noParameters
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  endConnectionsOnClose(app)
  refuseMalformedRequests(app)
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      { method: request.method, route: request.routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 },
      'request',
    )
  })
  return app
}
