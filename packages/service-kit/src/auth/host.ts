import fp from 'fastify-plugin'
import { AppError } from '../errors/app-error.ts'

const loopback = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i

/**
 * Turns away with 421 a page that points its own name at loopback (DNS rebinding): for a port where anyone who reaches it is believed, or
 * where everybody knows the passwords.
 */
export const loopbackHostOnly = fp(
  async (app) => {
    app.addHook('onRequest', async (request) => {
      if (!loopback.test(request.headers.host ?? '')) {
        throw new AppError('misdirected_request', 'On this machine only loopback host names are answered to.')
      }
    })
  },
  { name: 'loopback-host-only' },
)
