import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { port, variables } from '../../src/config/variables.ts'

const schema = Type.Object({
  PORT: port(8001),
  DATABASE_URL: variables.DATABASE_URL,
  AUTH_MODE: variables.AUTH_MODE,
  SEED_SAMPLE_DATA: variables.SEED_SAMPLE_DATA,
  RATIO: Type.Optional(Type.Number({ minimum: 0 })),
  BUS_DATABASE_URL: Type.Optional(variables.BUS_DATABASE_URL),
})
const databaseUrl = 'postgres://crm:hunter2@127.0.0.1:5432/crm_db'

function messageOf(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(schema, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'no error'
}

t.test('text becomes what the schema says, defaults fill in, and variables it does not name are ignored', async (t) => {
  const env = { DATABASE_URL: databaseUrl, PORT: '0', SEED_SAMPLE_DATA: 'true', RATIO: '0.25', PATH: '/bin', POTR: '1' }
  t.strictSame(loadConfig(schema, env), {
    PORT: 0,
    DATABASE_URL: databaseUrl,
    AUTH_MODE: 'token',
    SEED_SAMPLE_DATA: true,
    RATIO: 0.25,
  })
})

t.test('an empty variable counts as unset', async (t) => {
  t.equal(loadConfig(schema, { DATABASE_URL: databaseUrl, PORT: '' }).PORT, 8001)
  t.equal(messageOf({ DATABASE_URL: '' }), 'DATABASE_URL (or DATABASE_URL_FILE) is required')
})

t.test('one error names every wrong or missing variable', async (t) => {
  t.equal(
    messageOf({ PORT: '80a', AUTH_MODE: 'Header', SEED_SAMPLE_DATA: 'yes', RATIO: '-1' }),
    'PORT must be an integer between 0 and 65535, not "80a"; DATABASE_URL (or DATABASE_URL_FILE) is required; ' +
      'AUTH_MODE must be header or token, not "Header"; SEED_SAMPLE_DATA must be true or false, not "yes"; ' +
      'RATIO must be a number of 0 or more, not "-1"',
  )
})

t.test('rules see what could be read, and their findings come in the same error', async (t) => {
  const seen: unknown[] = []
  const rule = ({ PORT, AUTH_MODE }: { PORT?: number; AUTH_MODE?: string }) => {
    seen.push(PORT)
    return AUTH_MODE === 'header' ? ['no header mode', 'not today'] : []
  }
  t.throws(() => loadConfig(schema, { PORT: '80a', DATABASE_URL: databaseUrl, AUTH_MODE: 'header' }, [rule, () => ['and so on']]), {
    name: 'ConfigError',
    message: 'PORT must be an integer between 0 and 65535, not "80a"; no header mode; not today; and so on',
  })
  t.equal(loadConfig(schema, { DATABASE_URL: databaseUrl }, [rule]).PORT, 8001)
  t.strictSame(seen, [undefined, 8001])
})

t.test('numbers are never read leniently', async (t) => {
  for (const text of ['80.5', '65536', '-1', ' 80', '0x50', '8e3', '1_000']) {
    t.equal(
      messageOf({ DATABASE_URL: databaseUrl, PORT: text }),
      `PORT must be an integer between 0 and 65535, not ${JSON.stringify(text)}`,
    )
  }
})

t.test('the value of a secret is never printed', async (t) => {
  for (const url of ['mysql://crm:hunter2@db/crm', 'hunter2', 'postgres://crm:hunter2@db:5432']) {
    const message = messageOf({ DATABASE_URL: url })
    t.match(message, 'DATABASE_URL must be a PostgreSQL URL such as postgres://')
    t.notMatch(message, 'hunter2')
  }
})

t.test('a secret may come from a file', async (t) => {
  const folder = t.testdir({})
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  await t.test('without one newline at its end', async (t) => {
    t.equal(loadConfig(schema, { DATABASE_URL_FILE: file('lf', `${databaseUrl}\n`) }).DATABASE_URL, databaseUrl)
    t.equal(loadConfig(schema, { DATABASE_URL_FILE: file('crlf', `${databaseUrl}\r\n`) }).DATABASE_URL, databaseUrl)
  })
  await t.test('but not from both at once', async (t) => {
    t.equal(
      messageOf({ DATABASE_URL: databaseUrl, DATABASE_URL_FILE: file('both', databaseUrl) }),
      'DATABASE_URL and DATABASE_URL_FILE are both set: set one of them',
    )
  })
  await t.test('which must be there', async (t) => {
    const missing = join(mkdtempSync(join(folder, 'x-')), 'missing')
    t.equal(messageOf({ DATABASE_URL_FILE: missing }), `DATABASE_URL_FILE names a file that cannot be read: ${missing} (ENOENT)`)
  })
  await t.test('and hold something', async (t) => {
    const empty = file('empty', '\n')
    t.equal(messageOf({ DATABASE_URL_FILE: empty }), `DATABASE_URL_FILE names an empty file: ${empty}`)
  })
  await t.test('and what it holds is checked and not shown', async (t) => {
    const message = messageOf({ DATABASE_URL_FILE: file('wrong', 'hunter2') })
    t.match(message, 'DATABASE_URL must be a PostgreSQL URL')
    t.notMatch(message, 'hunter2')
  })
  await t.test('while other variables have no file form', async (t) => {
    t.equal(loadConfig(schema, { DATABASE_URL: databaseUrl, PORT_FILE: file('port', '1') }).PORT, 8001)
  })
})

t.test('every shared variable has a description, and every default satisfies its own schema', async (t) => {
  const everything = Type.Object({ ...variables, PORT: port(8001), ADMIN_PORT: port(9001) })
  const required = {
    DATABASE_URL: databaseUrl,
    BUS_DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: '127.0.0.1:9092',
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: 'crm',
    KAFKA_SASL_PASSWORD: 'hunter2',
    SIGNING_KEY_SECRET: 'hunter2'.repeat(5),
  }
  const config = loadConfig(everything, required)
  const asText = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]))
  t.strictSame(loadConfig(everything, asText), config)
  for (const [name, variable] of Object.entries(everything.properties)) t.ok(variable.description, name)
})
