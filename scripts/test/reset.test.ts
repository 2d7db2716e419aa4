import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ownIdentity } from '@crm/local-processes/process-identity.ts'
import t from 'tap'
import { root } from '../steps.ts'

/** Runs the command in a folder of its own, without a terminal. */
function reset(folder: string, args: string[], env: Record<string, string> = { DATA_DIR: '' }): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const script = [join(root, 'scripts/run.mjs'), join(root, 'scripts/reset.ts'), ...args]
    const child = execFile(process.execPath, script, { cwd: folder, env: { ...process.env, ...env } }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr })
    })
  })
}

function folderWithData(test: Pick<typeof t, 'testdir'>, holder: Record<string, string>): string {
  return test.testdir({ '.data': { holder, postgres: { file: '' } }, kept: '' })
}

// No process has this id: Linux ends at 4194304, macOS at 99999.
const deadClaim = { '2147483647-1.dead': '' }

t.test('--yes forgets the data and nothing else', async (t) => {
  const folder = folderWithData(t, deadClaim)
  t.match(await reset(folder, ['--yes']), { code: 0, output: /forgotten/ })
  t.notOk(existsSync(join(folder, '.data')))
  t.ok(existsSync(join(folder, 'kept')))
})

t.test('the data of a running system stays, even with --yes', async (t) => {
  const folder = folderWithData(t, { [`${ownIdentity()}.mine`]: '' })
  t.same(await reset(folder, ['--yes']), { code: 1, output: `The system is running as process ${process.pid}: stop it first.\n` })
  t.ok(existsSync(join(folder, '.data/postgres/file')))
})

t.test('the data of a broker that runs alone stays too', async (t) => {
  const folder = t.testdir({ '.data': { kafka: { holder: { [`${ownIdentity()}.mine`]: '' } }, postgres: { file: '' } } })
  t.same(await reset(folder, ['--yes']), { code: 1, output: `Kafka is running on this data as process ${process.pid}: stop it first.\n` })
  t.ok(existsSync(join(folder, '.data/postgres/file')))
})

t.test(
  'a lock whose process id now belongs to another program holds nothing',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    const other = spawn('sleep', ['60'])
    t.teardown(() => other.kill())
    await once(other, 'spawn')
    t.match(await reset(folderWithData(t, { [`${other.pid}-1.before`]: '' }), ['--yes']), { code: 0, output: /forgotten/ })
  },
)

t.test('without a terminal to ask on and without --yes the data stays', async (t) => {
  const folder = folderWithData(t, {})
  t.same(await reset(folder, []), { code: 1, output: 'There is no terminal to ask on: add --yes.\n' })
  t.ok(existsSync(join(folder, '.data/postgres/file')))
})

t.test('no data is no error', async (t) => {
  t.match(await reset(t.testdir(), ['--yes']), { code: 0, output: 'There is no data to forget.\n' })
})

t.test('DATA_DIR says whose data is forgotten, and what the system did not make there stays', async (t) => {
  const folder = t.testdir({ '.data': { postgres: {} }, elsewhere: { postgres: { file: '' }, 'my-notes': '' } })
  const { code, output } = await reset(folder, ['--yes'], { DATA_DIR: './elsewhere' })
  t.equal(code, 0)
  t.match(output, /forgotten.* Left in .*elsewhere.*: my-notes\.\n$/)
  t.strictSame(readdirSync(join(folder, 'elsewhere')), ['my-notes'])
  t.ok(existsSync(join(folder, '.data/postgres')), 'the default folder is none of its business')
})

t.test('DATA_DIR held by a running system stays, even with --yes', async (t) => {
  const folder = t.testdir({ elsewhere: { holder: { [`${ownIdentity()}.mine`]: '' }, postgres: {} } })
  const { code, output } = await reset(folder, ['--yes'], { DATA_DIR: join(folder, 'elsewhere') })
  t.match({ code, output }, { code: 1, output: `running as process ${process.pid}` })
  t.ok(existsSync(join(folder, 'elsewhere/postgres')))
})
