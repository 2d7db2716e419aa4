import t from 'tap'
import { assertAuthModeAllowed } from '../../src/config/auth-mode.ts'
import { ConfigError } from '../../src/config/config-error.ts'

const header = { AUTH_MODE: 'header', NODE_ENV: 'development' } as const

t.test('header mode starts on loopback', async (t) => {
  for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LocalHost']) {
    t.doesNotThrow(() => assertAuthModeAllowed({ ...header, HOST }), HOST)
  }
})

t.test('header mode refuses every other address', async (t) => {
  for (const HOST of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '192.168.1.2',
    '127.0.0.1.example.com',
    'localhost.example.com',
    '::ffff:127.0.0.1',
    'crm.test',
    '',
  ]) {
    t.throws(
      () => assertAuthModeAllowed({ ...header, HOST }),
      new ConfigError([
        `AUTH_MODE=header is refused on HOST=${HOST}: it believes any x-user-id, so it listens on loopback only (127.0.0.1, ::1)`,
      ]),
      HOST,
    )
  }
})

t.test('header mode refuses production, also on loopback', async (t) => {
  t.throws(() => assertAuthModeAllowed({ ...header, HOST: '127.0.0.1', NODE_ENV: 'production' }), {
    name: 'ConfigError',
    message: 'AUTH_MODE=header is refused with NODE_ENV=production: it believes any x-user-id',
  })
})

t.test('both reasons are named at once', async (t) => {
  t.throws(() => assertAuthModeAllowed({ AUTH_MODE: 'header', HOST: '0.0.0.0', NODE_ENV: 'production' }), {
    message: /NODE_ENV=production.*; .*HOST=0\.0\.0\.0/,
  })
})

t.test('token mode says that it comes later', async (t) => {
  t.throws(() => assertAuthModeAllowed({ AUTH_MODE: 'token', HOST: '127.0.0.1', NODE_ENV: 'development' }), {
    name: 'ConfigError',
    message: 'AUTH_MODE=token comes with a later release: AUTH_MODE=header serves development on loopback',
  })
})
