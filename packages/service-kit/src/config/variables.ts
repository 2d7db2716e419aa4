import { isIP, isIPv4 } from 'node:net'
import { FormatRegistry, Type } from '@sinclair/typebox'

FormatRegistry.Set('postgres-url', (text) => isUrl(text, ['postgres:', 'postgresql:']) && new URL(text).pathname.length > 1)
FormatRegistry.Set('http-url', (text) => isUrl(text, ['http:', 'https:']))
FormatRegistry.Set('address-ranges', (text) => text.split(',').every((range) => isAddressRange(range.trim())))

/** A TCP port to listen on; 0 lets the system choose one. */
export function port(defaultPort: number, description = 'TCP port to listen on; 0 picks a free one') {
  return Type.Integer({ minimum: 0, maximum: 65_535, default: defaultPort, description })
}

/** Where a process answers: by default on loopback, at its own port. */
export function addressOf(process: string, port: number) {
  const address = `http://127.0.0.1:${port}`
  const expected = `an http or https URL such as ${address}`
  return Type.String({ format: 'http-url', expected, default: address, description: `Where ${process} answers` })
}

/**
 * The variables that more than one process reads: its config.ts picks the ones it needs into its own schema, and holds those that
 * nobody else reads.
 */
export const variables = {
  HOST: Type.String({ minLength: 1, default: '127.0.0.1', description: 'Address to listen on' }),
  LOG_LEVEL: Type.Union(
    [
      Type.Literal('fatal'),
      Type.Literal('error'),
      Type.Literal('warn'),
      Type.Literal('info'),
      Type.Literal('debug'),
      Type.Literal('trace'),
      Type.Literal('silent'),
    ],
    { default: 'info', description: 'The least important log line that is written' },
  ),
  NODE_ENV: Type.Union([Type.Literal('development'), Type.Literal('test'), Type.Literal('production')], {
    default: 'development',
    description: 'production refuses development conveniences',
  }),
  DATABASE_URL: postgresUrl("The service's own PostgreSQL database"),
  DATABASE_POOL_MAX: Type.Integer({
    minimum: 1,
    maximum: 500,
    default: 10,
    description: "Connections in the pool to the service's database, at most; the relay and the event bus open a few of their own",
  }),
  BUS_DATABASE_URL: postgresUrl("The embedded bus' PostgreSQL database, where events travel without Kafka"),
  KAFKA_BROKERS: Type.String({
    pattern: '^[^\\s:,]+:\\d{1,5}(,[^\\s:,]+:\\d{1,5})*$',
    expected: 'broker addresses such as 127.0.0.1:9092,127.0.0.1:9094',
    description: 'Kafka brokers, separated by commas; set either this or BUS_DATABASE_URL',
  }),
  KAFKA_SSL: Type.Boolean({ default: false, description: 'TLS to the Kafka brokers' }),
  KAFKA_SASL_MECHANISM: Type.Union([Type.Literal('PLAIN'), Type.Literal('SCRAM-SHA-256'), Type.Literal('SCRAM-SHA-512')], {
    description: 'How to log in to the Kafka brokers: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; not at all when unset',
  }),
  KAFKA_SASL_USERNAME: Type.String({ minLength: 1, description: 'User at the Kafka brokers' }),
  KAFKA_SASL_PASSWORD: Type.String({ minLength: 1, secret: true, description: 'Password at the Kafka brokers' }),
  USER_SERVICE_URL: addressOf('user-service', 8002),
  CRM_SERVICE_URL: addressOf('crm-service', 8001),
  AUTH_MODE: Type.Union([Type.Literal('header'), Type.Literal('token')], {
    default: 'token',
    description: 'How far x-user-id is believed: header (development, loopback only) or token',
  }),
  JWT_ISSUER: Type.String({ minLength: 1, default: 'crm', description: 'Who issues access tokens: their iss' }),
  JWT_AUDIENCE: Type.String({ minLength: 1, default: 'crm-api', description: 'Whom access tokens are for: their aud' }),
  SIGNING_KEY_SECRET: Type.String({
    minLength: 32,
    secret: true,
    expected: '32 characters or more, such as from `openssl rand -base64 32`',
    description: "Encrypts the private signing keys in user-service's database; the same for every instance",
  }),
  TRUST_PROXY: Type.String({
    format: 'address-ranges',
    default: '',
    expected: 'addresses or CIDR ranges such as 10.0.0.0/8,192.168.1.7',
    description: 'Whose X-Forwarded-For, -Host and -Proto are believed: addresses and CIDR ranges, separated by commas; nobody by default',
  }),
  DRAIN_MS: Type.Integer({
    minimum: 0,
    maximum: 20_000,
    default: 0,
    description: 'Milliseconds between turning unready and closing, for load balancers to notice',
  }),
  SEED_SAMPLE_DATA: Type.Boolean({ default: false, description: 'Creates the sample companies and users; never in production' }),
}

function postgresUrl(description: string) {
  return Type.String({
    format: 'postgres-url',
    secret: true,
    expected: 'a PostgreSQL URL such as postgres://user:password@127.0.0.1:5432/database',
    description,
  })
}

function isAddressRange(range: string): boolean {
  const [address = '', bits, ...more] = range.split('/')
  if (isIP(address) === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128))
}

function isUrl(text: string, protocols: string[]): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return protocols.includes(url.protocol) && url.hostname !== ''
}
