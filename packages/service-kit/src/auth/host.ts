import fp from 'fastify-plugin'
import { AppError } from '../errors/app-error.ts'

const loopback = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i

/** In header mode anyone who reaches the port is believed, so a page that points its own name at loopback (DNS rebinding) is turned away with 421. */
export const loopbackHostOnly = fp(
  async (app) => {
    app.addHook('onRequest', async (request) => {
      if (!loopback.test(request.headers.host ?? '')) {
        throw new AppError('misdirected_request', 'In header mode this service answers only to loopback host names.')
      }
    })
  },
  { name: 'loopback-host-only' },
)
