import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase, migrationsFolder } from '../../../packages/testing/src/database.ts'
import { startProcess } from '../../../packages/testing/src/processes.ts'
import { root } from '../../steps.ts'

const nothing = { DATABASE_URL: undefined, SIGNING_KEY_SECRET: undefined, KAFKA_BROKERS: undefined, BUS_DATABASE_URL: undefined }

async function operator(env: Record<string, string>, ...args: string[]) {
  const script = join(root, 'scripts/operator.ts')
  const child = await startProcess(t, { command: process.execPath, args: [script, ...args], env: { ...nothing, ...env }, cwd: t.testdir() })
  const { code } = await child.exited
  return { code, stdout: child.stdout(), stderr: child.stderr() }
}

t.test("the operators' container runs the command that its arguments name", async (t) => {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('user_db') })
  const { url: bus } = await createTestDatabase(t, { migrations: migrationsFolder('bus_db') })
  t.match(await operator({ DATABASE_URL: url }, 'keys', 'list'), { code: 0, stdout: /^No signing keys/, stderr: '' })
  t.same(await operator({ BUS_DATABASE_URL: bus }, 'dlq', 'list'), { code: 0, stdout: 'No dead letters.\n', stderr: '' })
  t.match(await operator({}, 'keys', '--help'), { code: 0, stdout: /pnpm keys rotate/, stderr: '' })
  t.match(await operator({}, 'dlq', 'replay'), { code: 2, stdout: '', stderr: /^pnpm dlq: say which/ })
})

t.test('it says what it can do', async (t) => {
  t.match(await operator({}, '--help'), { code: 0, stdout: /keys .*\n +dlq /, stderr: '' })
  t.same(await operator({}), { code: 2, stdout: '', stderr: 'operator: say what to do: keys or dlq; --help says more\n' })
  t.same(await operator({}, 'reset'), {
    code: 2,
    stdout: '',
    stderr: "operator: there is no command 'reset': keys or dlq; --help says more\n",
  })
})

t.test('no system of the data folder is looked for, since none can run there', async (t) => {
  t.same(await operator({}, 'keys', 'list'), {
    code: 1,
    stdout: '',
    stderr: "pnpm keys: DATABASE_URL (or DATABASE_URL_FILE) must be set: it names user-service's database\n",
  })
  t.same(await operator({}, 'dlq', 'list'), {
    code: 1,
    stdout: '',
    stderr: 'pnpm dlq: KAFKA_BROKERS or BUS_DATABASE_URL must be set: they say where events travel\n',
  })
})
