import { join } from 'node:path'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import t, { type Test } from 'tap'
import { createTestDatabase, migrationsFolder } from '../../../packages/testing/src/database.ts'
import { freePort } from '../../../packages/testing/src/ports.ts'
import { startProcess } from '../../../packages/testing/src/processes.ts'
import { ensureSigningKey } from '../../../services/user-service/src/modules/signing-keys/make-signing-key.ts'
import { runCommand } from '../../keys/run-command.ts'
import { root } from '../../steps.ts'

const secret = 'a secret of tests, of 32 characters or more'

async function userDatabase(t: Test) {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('user_db') })
  const db = connectDatabase({ url, applicationName: 'test' })
  t.teardown(() => db.close())
  return { url, db }
}

function commandIn(env: Record<string, string>) {
  return async (...args: string[]) => {
    let stdout = ''
    let stderr = ''
    const code = await runCommand(args, env, {
      width: Number.POSITIVE_INFINITY,
      print(line) {
        stdout += `${line}\n`
      },
      complain(line) {
        stderr += `${line}\n`
      },
    })
    return { code, stdout, stderr }
  }
}

t.test('a rotation publishes a key that signs later, and the list tells which is which', async (t) => {
  const { url, db } = await userDatabase(t)
  const keys = commandIn({ DATABASE_URL: url, SIGNING_KEY_SECRET: secret })
  t.match(await keys('list'), { code: 0, stdout: /^No signing keys/, stderr: '' })
  await ensureSigningKey(db, secret)
  t.match(await keys('rotate'), { code: 0, stdout: /^signing key [0-9a-f-]{36} is published and signs from \S+Z\n$/, stderr: '' })
  const { stdout } = await keys('list')
  t.match(stdout, /^ID +STATE +SIGNS FROM +PUBLISHED UNTIL\n[0-9a-f-]{36} +signing +\S+Z +\S+Z\n[0-9a-f-]{36} +waiting +\S+Z +-\n$/)
  t.match(await keys('rotate'), {
    code: 1,
    stdout: '',
    stderr: /^pnpm keys: signing key [0-9a-f-]{36} waits already: it signs from \S+Z\n$/,
  })
})

t.test('a key that was stolen, or whose secret was lost, is replaced at once', async (t) => {
  const { url, db } = await userDatabase(t)
  await ensureSigningKey(db, 'the secret that was lost, of 32 characters')
  const keys = commandIn({ DATABASE_URL: url, SIGNING_KEY_SECRET: secret })
  t.match(await keys('rotate'), {
    code: 1,
    stdout: '',
    stderr: /^pnpm keys: SIGNING_KEY_SECRET is not the one that user-service has: [^\n]*\n$/,
  })
  t.match(await keys('rotate', '--now'), { code: 0, stdout: /signs now; 1 other was deleted/, stderr: '' })
  t.match((await keys('list')).stdout, /\n[0-9a-f-]{36} +signing +\S+Z +-\n$/)
  t.match(await keys('rotate'), { code: 0 })
})

t.test('what cannot be done is one line and an exit code, which shows no secret', async (t) => {
  const { url } = await userDatabase(t)
  const { url: other } = await createTestDatabase(t, { migrations: migrationsFolder('crm_db') })
  const gone = `postgres://a:hunter2@127.0.0.1:${await freePort()}/user_db`
  const failures: [Record<string, string>, string[], number, RegExp][] = [
    [{}, [], 2, /say what to do: pnpm keys list or rotate/],
    [{}, ['forget'], 2, /there is no command 'forget'/],
    [{}, ['list', 'all'], 2, /takes nothing more/],
    [{}, ['rotate', '--force'], 2, /takes --now and nothing more/],
    [{ DATA_DIR: t.testdir() }, ['list'], 1, /no system runs on .*DATABASE_URL.*pnpm start/],
    [{ DATABASE_URL: url }, ['rotate'], 1, /SIGNING_KEY_SECRET .*must be set/],
    [{ DATABASE_URL: url, SIGNING_KEY_SECRET: 'hunter2' }, ['rotate'], 1, /must be 32 characters or more/],
    [{ DATABASE_URL: gone }, ['list'], 1, /nothing answers at .*DATABASE_URL/],
    [{ DATABASE_URL: other }, ['list'], 1, /is it the one of user-service/],
  ]
  for (const [env, args, code, line] of failures) {
    const ended = await commandIn(env)(...args)
    t.match(ended, { code, stdout: '', stderr: /^pnpm keys: [^\n]+\n$/ }, String(line))
    t.match(ended.stderr, line)
    t.notMatch(ended.stderr, 'hunter2')
  }
})

t.test('help needs no database', async (t) => {
  const { code, stdout } = await commandIn({ DATA_DIR: t.testdir() })('--help')
  t.equal(code, 0)
  for (const part of ['pnpm keys list', 'pnpm keys rotate', '--now', 'SIGNING_KEY_SECRET']) t.ok(stdout.includes(part), part)
})

t.test('the process ends by itself with the output and the exit code of its command', async (t) => {
  const { url, db } = await userDatabase(t)
  await ensureSigningKey(db, secret)
  const run = async (...args: string[]) => {
    const env = { DATABASE_URL: url, SIGNING_KEY_SECRET: secret }
    const script = [join(root, 'scripts/run.mjs'), join(root, 'scripts/keys.ts')]
    const child = await startProcess(t, { command: process.execPath, args: [...script, ...args], env })
    const { code } = await child.exited
    return { code, stdout: child.stdout(), stderr: child.stderr() }
  }
  t.match(await run('list'), { code: 0, stdout: /signing/, stderr: '' })
  t.match(await run('rotate'), { code: 0, stdout: /is published/, stderr: '' })
  t.match(await run('rotate'), { code: 1, stdout: '', stderr: /waits already/ })
  t.match(await run('nothing'), { code: 2, stdout: '' })
})
