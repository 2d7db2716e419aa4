import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../steps.ts'

/** Runs the command in a folder of its own, without a terminal. */
function reset(folder: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const script = [join(root, 'scripts/run.mjs'), join(root, 'scripts/reset.ts'), ...args]
    const child = execFile(process.execPath, script, { cwd: folder }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr })
    })
  })
}

function folderWithLock(test: Pick<typeof t, 'testdir'>, lock: string): string {
  return test.testdir({ '.data': { lock, postgres: { file: '' } }, kept: '' })
}

// No process has this id: Linux ends at 4194304, macOS at 99999.
const deadProcess = 2_147_483_647

t.test('--yes forgets the data and nothing else', async (t) => {
  const folder = folderWithLock(t, JSON.stringify({ pid: deadProcess }))
  t.match(await reset(folder, ['--yes']), { code: 0, output: /forgotten/ })
  t.notOk(existsSync(join(folder, '.data')))
  t.ok(existsSync(join(folder, 'kept')))
})

t.test('the data of a running system stays, even with --yes', async (t) => {
  const folder = folderWithLock(t, JSON.stringify({ pid: process.pid }))
  t.same(await reset(folder, ['--yes']), { code: 1, output: `The system is running as process ${process.pid}: stop it first.\n` })
  t.ok(existsSync(join(folder, '.data/postgres/file')))
})

t.test(
  'a lock whose process id now belongs to another program holds nothing',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    const other = spawn('sleep', ['60'])
    t.teardown(() => other.kill())
    await once(other, 'spawn')
    t.match(await reset(folderWithLock(t, JSON.stringify({ pid: other.pid })), ['--yes']), { code: 0, output: /forgotten/ })
  },
)

t.test('without a terminal to ask on and without --yes the data stays', async (t) => {
  const folder = folderWithLock(t, '')
  t.same(await reset(folder, []), { code: 1, output: 'There is no terminal to ask on: add --yes.\n' })
  t.ok(existsSync(join(folder, '.data/postgres/file')))
})

t.test('no data is no error', async (t) => {
  t.match(await reset(t.testdir(), ['--yes']), { code: 0, output: 'There is no data to forget.\n' })
})
