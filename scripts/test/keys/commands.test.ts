import { join } from 'node:path'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import t, { type Test } from 'tap'
import { isolatedEnvironment, startAllInOne } from '../../../packages/testing/src/all-in-one.ts'
import { createTestDatabase, migrationsFolder } from '../../../packages/testing/src/database.ts'
import { freePort } from '../../../packages/testing/src/ports.ts'
import { startProcess } from '../../../packages/testing/src/processes.ts'
import { ensureSigningKey } from '../../../services/user-service/src/modules/signing-keys/ensure-signing-key.ts'
import { runCommand } from '../../keys/run-command.ts'
import { root } from '../../steps.ts'
import { commandIn } from '../command-line/command-in.ts'

const secret = 'a secret of tests, of 32 characters or more'

async function userDatabase(t: Test) {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('user_db') })
  const db = connectDatabase({ url, applicationName: 'test' })
  t.teardown(() => db.close())
  return { url, db }
}

/** What `keys list` says of each key. */
async function listed(keys: ReturnType<typeof keysIn>) {
  const [, ...lines] = (await keys('list')).stdout.trimEnd().split('\n')
  return lines.map((line) => {
    const [id, state, signsFrom, until] = line.split(/ +/)
    return { id, state, signsFrom, until }
  })
}

const keysIn = (env: Record<string, string>) => commandIn(runCommand, env)

t.test('a rotation publishes a key that signs later, and the list tells which is which', async (t) => {
  const { url, db } = await userDatabase(t)
  const keys = keysIn({ DATABASE_URL: url, SIGNING_KEY_SECRET: secret })
  t.match(await keys('list'), { code: 0, stdout: /^No signing keys/, stderr: '' })
  await ensureSigningKey(db, secret)
  const [first] = await listed(keys)
  const published = await keys('rotate')
  t.match(published, { code: 0, stdout: /^signing key [0-9a-f-]{36} is published and signs from \S+Z\n$/, stderr: '' })
  const [, id, signsFrom] = published.stdout.match(/key (\S+) .* from (\S+)/) ?? []
  t.match((await keys('list')).stdout, /^ID +STATE +SIGNS FROM +PUBLISHED UNTIL\n/)
  const [old, waiting, ...others] = await listed(keys)
  t.same([old?.id, old?.state, old?.signsFrom], [first?.id, 'signing', first?.signsFrom])
  t.ok(new Date(old?.until ?? 0) > new Date(signsFrom ?? 0), 'the old one stays published after the new one signs')
  t.same([waiting, others], [{ id, state: 'waiting', signsFrom, until: '-' }, []])
  const stderr = `pnpm keys: signing key ${id} waits already: it signs from ${signsFrom}\n`
  t.same(await keys('rotate'), { code: 1, stdout: '', stderr })
  t.equal((await listed(keys)).length, 2)
})

t.test('a key that was stolen is replaced at once', async (t) => {
  const { url, db } = await userDatabase(t)
  const keys = keysIn({ DATABASE_URL: url, SIGNING_KEY_SECRET: secret })
  await ensureSigningKey(db, secret)
  await keys('rotate')
  const before = await listed(keys)
  const { code, stdout } = await keys('rotate', '--now')
  t.same([code, stdout.match(/signs now; 2 others were deleted/)?.length], [0, 1])
  t.notMatch(stdout, 'restart')
  const [signing, ...others] = await listed(keys)
  t.match(signing, { id: stdout.match(/key (\S+) signs now/)?.[1] ?? 'none', state: 'signing', until: '-' })
  t.same(others, [])
  t.notOk(before.some(({ id }) => id === signing?.id))
})

t.test('a secret that was mistyped replaces no key; one that was lost does, when that is said', async (t) => {
  const { url, db } = await userDatabase(t)
  await ensureSigningKey(db, 'the secret that was lost, of 32 characters')
  const keys = keysIn({ DATABASE_URL: url, SIGNING_KEY_SECRET: secret })
  const before = await listed(keys)
  for (const [args, advice] of [
    [['rotate'], ''],
    [['rotate', '--now'], '; if that one is lost or stolen, add --new-secret'],
  ] as const) {
    const reason = `SIGNING_KEY_SECRET is not the one that user-service has: signing key ${before[0]?.id} cannot be decrypted`
    t.same(await keys(...args), { code: 1, stdout: '', stderr: `pnpm keys: ${reason}${advice}\n` }, args.join(' '))
    t.same(await listed(keys), before, 'nothing was changed')
  }
  const replaced = await keys('rotate', '--now', '--new-secret')
  t.match(replaced, { code: 0, stdout: /signs now; 1 other was deleted.*restart/, stderr: '' })
  const [signing, ...others] = await listed(keys)
  t.match(signing, { id: replaced.stdout.match(/key (\S+) signs now/)?.[1] ?? 'none', state: 'signing' })
  t.same(others, [])
  t.match(await keys('rotate'), { code: 0 }, 'the new secret is the one of the new key')
})

t.test('what cannot be done is one line and an exit code, which shows no secret', async (t) => {
  const { url } = await userDatabase(t)
  const { url: other } = await createTestDatabase(t, { migrations: migrationsFolder('crm_db') })
  const gone = `postgres://a:hunter2@127.0.0.1:${await freePort()}/user_db`
  const failures: [Record<string, string>, string[], number, RegExp][] = [
    [{}, [], 2, /say what to do: pnpm keys list or rotate/],
    [{}, ['forget'], 2, /there is no command 'forget'/],
    [{}, ['list', 'all'], 2, /takes nothing more/],
    [{}, ['rotate', '--force'], 2, /takes --now and --new-secret, and nothing more/],
    [{}, ['rotate', '--new-secret'], 2, /--new-secret goes with --now/],
    [{ DATA_DIR: t.testdir() }, ['list'], 1, /no system runs on .*DATABASE_URL.*pnpm start/],
    [{ DATABASE_URL: url }, ['rotate'], 1, /SIGNING_KEY_SECRET .*must be set/],
    [{ DATABASE_URL: url, SIGNING_KEY_SECRET: 'hunter2' }, ['rotate'], 1, /must be 32 characters or more/],
    [{ DATABASE_URL: gone }, ['list'], 1, /nothing answers at .*DATABASE_URL/],
    [{ DATABASE_URL: other }, ['list'], 1, /is it the one of user-service/],
  ]
  for (const [env, args, code, line] of failures) {
    const ended = await keysIn(env)(...args)
    t.match(ended, { code, stdout: '', stderr: /^pnpm keys: [^\n]+\n$/ }, String(line))
    t.match(ended.stderr, line)
    t.notMatch(ended.stderr, 'hunter2')
  }
})

t.test('help needs no database', async (t) => {
  const { code, stdout } = await keysIn({ DATA_DIR: t.testdir() })('--help')
  t.equal(code, 0)
  for (const part of ['pnpm keys list', 'pnpm keys rotate', '--now', '--new-secret', 'SIGNING_KEY_SECRET'])
    t.ok(stdout.includes(part), part)
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
  t.match(await run('nothing'), { code: 2, stdout: '', stderr: /^pnpm keys: there is no command 'nothing'/ })
})

t.test('with nothing configured, the system that runs on the data folder is meant, with its own secret', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const keys = keysIn({ DATA_DIR: system.dataDir })
  t.match(await keys('rotate'), { code: 0, stdout: /is published/, stderr: '' })
  t.same(
    (await listed(keys)).map(({ state }) => state),
    ['signing', 'waiting'],
  )
  await system.process.stop()
  t.match(await keys('list'), { code: 1, stdout: '', stderr: /^pnpm keys: no system runs on [^\n]*\n$/ })
})
