import { Type } from '@sinclair/typebox'
import t from 'tap'
import { loadConfig } from '../../src/config/load-config.ts'
import { variables } from '../../src/config/variables.ts'

const { JWT_ISSUER, JWT_AUDIENCE, TRUST_PROXY, SIGNING_KEY_SECRET, BOOTSTRAP_ADMIN_EMAIL, BOOTSTRAP_ADMIN_PASSWORD } = variables
const schema = Type.Object({
  JWT_ISSUER,
  JWT_AUDIENCE,
  TRUST_PROXY,
  SIGNING_KEY_SECRET: Type.Optional(SIGNING_KEY_SECRET),
  BOOTSTRAP_ADMIN_EMAIL: Type.Optional(BOOTSTRAP_ADMIN_EMAIL),
  BOOTSTRAP_ADMIN_PASSWORD: Type.Optional(BOOTSTRAP_ADMIN_PASSWORD),
})

t.test('unless told otherwise tokens are of crm for crm-api, and no proxy is believed', async (t) => {
  t.strictSame(loadConfig(schema, {}), { JWT_ISSUER: 'crm', JWT_AUDIENCE: 'crm-api', TRUST_PROXY: '' })
})

const ranges = [
  '127.0.0.1',
  '::1',
  '10.0.0.0/8',
  'fd00::/8',
  '10.0.0.0/8,192.168.1.7, ::1',
  '0.0.0.0/0',
  '::/0',
  '192.168.1.7/32',
  'fd00::1/128',
]
for (const TRUST_PROXY of ranges) {
  t.test(`TRUST_PROXY=${TRUST_PROXY} is taken`, async (t) => {
    t.equal(loadConfig(schema, { TRUST_PROXY }).TRUST_PROXY, TRUST_PROXY)
  })
}

const noRanges = [
  'true',
  '*',
  'loopback',
  'proxy.example.com',
  '10.0.0',
  '10.0.0.0/33',
  'fd00::/129',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0.0/255.0.0.0',
  '10.0.0.0/8;::1',
  '10.0.0.0/8,',
  ',',
]
for (const TRUST_PROXY of noRanges) {
  t.test(`TRUST_PROXY=${TRUST_PROXY} is refused`, async (t) => {
    t.throws(() => loadConfig(schema, { TRUST_PROXY }), {
      name: 'ConfigError',
      message: /^TRUST_PROXY must be addresses or CIDR ranges such as/,
    })
  })
}

t.test('secrets that are too short are refused, and not shown', async (t) => {
  const short = { SIGNING_KEY_SECRET: 'k'.repeat(31), BOOTSTRAP_ADMIN_PASSWORD: 'p'.repeat(9) }
  const expected = [
    'SIGNING_KEY_SECRET must be 32 characters or more, such as from `openssl rand -base64 32` (its value is not shown)',
    'BOOTSTRAP_ADMIN_PASSWORD must be text with a length of 10 or more characters (its value is not shown)',
  ]
  t.throws(() => loadConfig(schema, short), { message: expected.join('; ') })
  const long = { SIGNING_KEY_SECRET: 'k'.repeat(32), BOOTSTRAP_ADMIN_PASSWORD: 'p'.repeat(10) }
  t.match(loadConfig(schema, long), long)
})

t.test('the first administrator has an email address', async (t) => {
  t.match(loadConfig(schema, { BOOTSTRAP_ADMIN_EMAIL: 'root@example.com' }), { BOOTSTRAP_ADMIN_EMAIL: 'root@example.com' })
  for (const BOOTSTRAP_ADMIN_EMAIL of ['root', 'root@', '@example.com', 'ro ot@example.com', 'a@b@c']) {
    t.throws(() => loadConfig(schema, { BOOTSTRAP_ADMIN_EMAIL }), { message: /^BOOTSTRAP_ADMIN_EMAIL must be an email address/ })
  }
})
