import t from 'tap'
import { authModeProblems } from '../../src/config/auth-mode.ts'

const header = { AUTH_MODE: 'header', NODE_ENV: 'development' } as const
const onHost = (HOST: string) =>
  `AUTH_MODE=header is refused on HOST=${HOST}: it believes any x-user-id, so it listens on loopback only (127.0.0.1, ::1)`
const inProduction = 'AUTH_MODE=header is refused with NODE_ENV=production: it believes any x-user-id'

t.test('header mode starts on loopback', async (t) => {
  for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LocalHost'])
    t.strictSame(authModeProblems({ ...header, HOST }), [], HOST)
})

const foreign = [
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '192.168.1.2',
  '127.0.0.1.example.com',
  'localhost.example.com',
  '::ffff:127.0.0.1',
  'crm.test',
  '',
]
t.test('header mode refuses every other address', async (t) => {
  for (const HOST of foreign) t.strictSame(authModeProblems({ ...header, HOST }), [onHost(HOST)], HOST)
})

t.test('header mode refuses production, also on loopback', async (t) => {
  t.strictSame(authModeProblems({ ...header, HOST: '127.0.0.1', NODE_ENV: 'production' }), [inProduction])
})

t.test('both reasons are named at once', async (t) => {
  t.strictSame(authModeProblems({ AUTH_MODE: 'header', HOST: '0.0.0.0', NODE_ENV: 'production' }), [inProduction, onHost('0.0.0.0')])
})

t.test('token mode runs on every address, in production too', async (t) => {
  for (const HOST of ['127.0.0.1', ...foreign]) {
    for (const NODE_ENV of ['development', 'production']) t.strictSame(authModeProblems({ AUTH_MODE: 'token', HOST, NODE_ENV }), [], HOST)
  }
})

t.test('settings that could not be read are left to those who say so', async (t) => {
  t.strictSame(authModeProblems({}), [])
  t.strictSame(authModeProblems({ AUTH_MODE: 'header' }), [])
  t.strictSame(authModeProblems({ HOST: '0.0.0.0', NODE_ENV: 'production' }), [])
})
