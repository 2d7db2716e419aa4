import t from 'tap'
import { ConfigError } from '../../src/config/config-error.ts'
import { describeStartFailure } from '../../src/shutdown/describe-start-failure.ts'

const systemError = (fields: object) => Object.assign(new Error('failed'), fields)
const refused = { code: 'ECONNREFUSED', address: '127.0.0.1', port: 5432 }

const cases: [what: string, error: unknown, line: string][] = [
  ['configuration', new ConfigError(['PORT is required', 'HOST is required']), 'PORT is required; HOST is required'],
  [
    'its cause',
    new Error('Failed query: select 1', { cause: systemError(refused) }),
    'nothing answers at 127.0.0.1:5432 (ECONNREFUSED): is the database running, and is BUS_DATABASE_URL right?',
  ],
  [
    'a host with two addresses',
    Object.assign(new AggregateError([systemError({ ...refused, address: '::1' })]), { code: 'ECONNREFUSED' }),
    'nothing answers at ::1:5432 (ECONNREFUSED): is the database running, and is BUS_DATABASE_URL right?',
  ],
  [
    'an unknown host',
    systemError({ code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'db.test' }),
    'the host name db.test cannot be resolved (ENOTFOUND)',
  ],
  [
    'a low port',
    systemError({ code: 'EACCES', syscall: 'listen', address: '127.0.0.1', port: 80 }),
    'this user may not listen on port 80 of 127.0.0.1 (set ADMIN_PORT to another)',
  ],
  [
    'a foreign address',
    systemError({ code: 'EADDRNOTAVAIL', syscall: 'listen', address: '10.9.8.7', port: 80 }),
    '10.9.8.7 is no address of this machine (set HOST to another)',
  ],
  [
    'a wrong password',
    systemError({ name: 'PostgresError', message: 'password authentication failed for user "crm"', code: '28P01' }),
    'the database refuses: password authentication failed for user "crm" (28P01); is BUS_DATABASE_URL right?',
  ],
]

for (const [what, error, line] of cases) {
  t.test(`${what} is one line without a stack`, async (t) => {
    t.equal(describeStartFailure(error, { portVariable: 'ADMIN_PORT', databaseVariable: 'BUS_DATABASE_URL' }), line)
  })
}

t.test('no variable is named that the caller did not give', async (t) => {
  t.equal(
    describeStartFailure(systemError(refused)),
    'nothing answers at 127.0.0.1:5432 (ECONNREFUSED): is the database running, and is its URL right?',
  )
})

t.test('an error of a statement is a defect and shows its stack and its cause', async (t) => {
  const error = new Error('Failed query', {
    cause: systemError({ name: 'PostgresError', message: 'column does not exist', code: '42703' }),
  })
  t.match(describeStartFailure(error), /^Error: Failed query\n {4}at .*\[cause\]:.*column does not exist/s)
})

t.test('what is no error is shown all the same', async (t) => {
  t.equal(describeStartFailure(undefined), 'undefined')
  t.equal(describeStartFailure({ a: 1 }), '{ a: 1 }')
})
