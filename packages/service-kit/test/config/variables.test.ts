import { Type } from '@sinclair/typebox'
import t from 'tap'
import { loadConfig } from '../../src/config/load-config.ts'
import { variables } from '../../src/config/variables.ts'

const { JWT_ISSUER, JWT_AUDIENCE, TRUST_PROXY, SIGNING_KEY_SECRET } = variables
const schema = Type.Object({
  JWT_ISSUER,
  JWT_AUDIENCE,
  TRUST_PROXY,
  SIGNING_KEY_SECRET: Type.Optional(SIGNING_KEY_SECRET),
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

t.test('a secret that is too short is refused, and not shown', async (t) => {
  t.throws(() => loadConfig(schema, { SIGNING_KEY_SECRET: 'k'.repeat(31) }), {
    message: 'SIGNING_KEY_SECRET must be 32 characters or more, such as from `openssl rand -base64 32` (its value is not shown)',
  })
  t.match(loadConfig(schema, { SIGNING_KEY_SECRET: 'k'.repeat(32) }), { SIGNING_KEY_SECRET: 'k'.repeat(32) })
})
