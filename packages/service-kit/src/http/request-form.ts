import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { AppError, type InputError } from '../errors/app-error.ts'
import { pointerTo, reportedErrors } from './validation.ts'

/** Refuses what no schema of a route can: text that is not UTF-8, a missing Host, and a body where an operation declares none. */
export function refuseMalformedRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers, raw }) => {
    if (headers.host === undefined && raw.httpVersion !== '1.0') throw new AppError('malformed_request', 'The header Host is missing.')
    const hosts = raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
    if (hosts.length > 1) throw new AppError('malformed_request', 'The header Host is given more than once.')
  })
  app.addHook('preValidation', async (request) => refuseMalformedQuery(request))
  app.addHook('onRoute', takeNoUndeclaredBody)
  parseUtf8Only(app)
}

// The query parser would keep what it cannot decode as it stands.
function refuseMalformedQuery({ url }: FastifyRequest): void {
  if (!url.includes('%')) return
  try {
    decodeURIComponent(url)
  } catch {
    const errors = [{ pointer: '/query', message: 'must be percent-encoded UTF-8' }]
    throw new AppError('validation_failed', 'The query of the request is not well-formed.', { errors })
  }
}

function takeNoUndeclaredBody(route: RouteOptions): void {
  if (route.schema === undefined || route.schema.hide || route.schema.body !== undefined) return
  route.preValidation = [refuseBody, ...[route.preValidation ?? []].flat()]
}

// A schema would document a body of type null. An empty object holds no unknown field and passes.
async function refuseBody({ body }: FastifyRequest): Promise<void> {
  if (body === undefined || body === null) return
  const errors = undeclared(body)
  if (errors.length > 0) throw new AppError('validation_failed', 'This operation takes no body.', { errors })
}

function undeclared(body: unknown): InputError[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [{ pointer: '/body', message: 'must be left out' }]
  return Object.keys(body)
    .slice(0, reportedErrors)
    .map((name) => ({ pointer: `/body${pointerTo(name)}`, message: 'is not a known field' }))
}

// Fastify's own parser would store each wrong byte as a replacement character.
function parseUtf8Only(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (isUtf8(body)) return parseJson(request, body.toString(), done)
    done(new AppError('malformed_body', 'The body is not UTF-8.'))
  })
}
