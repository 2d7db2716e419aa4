import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { FolderLockError, findHolder, lockFolder } from '../src/folder-lock.ts'
import { ownIdentity } from '../src/process-identity.ts'

// No process has this id: Linux ends at 4194304, macOS at 99999.
const deadClaim = '2147483647-1.dead'
const linuxOnly = { skip: process.platform !== 'linux' && 'needs /proc' }

async function startClaimer(t: Test): Promise<ChildProcess> {
  const claimer = fork(join(import.meta.dirname, 'fixtures/claimer.ts'))
  t.teardown(() => claimer.kill('SIGKILL'))
  await once(claimer, 'message')
  return claimer
}

async function ask(claimer: ChildProcess, order: object | string): Promise<string> {
  const answer = once(claimer, 'message')
  claimer.send(order)
  const [text] = await answer
  return text
}

function folderHeldBy(t: Test, claim: string): string {
  return t.testdir({ holder: { [claim]: '' }, postgres: {} })
}

t.test('of starts at once exactly one wins, on new data and over a lock left by a dead process', async (t) => {
  const claimers = await Promise.all([startClaimer(t), startClaimer(t), startClaimer(t)])
  const root = t.testdir()
  const wrong: string[][] = []
  let refusals = 0
  for (let round = 0; round < 300; round++) {
    const folder = join(root, String(round))
    if (round % 3 > 0) {
      mkdirSync(join(folder, 'holder'), { recursive: true })
      if (round % 3 === 1) writeFileSync(join(folder, 'holder', deadClaim), '')
    }
    const at = Date.now() + 3
    const answers = await Promise.all(claimers.map((claimer) => ask(claimer, { folder, at })))
    if (answers.filter((answer) => answer === 'claimed').length !== 1) wrong.push(answers)
    refusals += answers.filter((answer) => / is in use by process \d+: /.test(answer)).length
    await Promise.all(claimers.map((claimer) => ask(claimer, 'release')))
    if (readdirSync(folder).length > 0) wrong.push(readdirSync(folder))
  }
  t.strictSame(wrong, [])
  t.equal(refusals, 600, 'each of the others was told who holds it')
})

t.test('the holder is named to whoever comes second, and found by others', async (t) => {
  const folder = join(t.testdir(), 'made/on/demand')
  const release = lockFolder(folder)
  t.equal(findHolder(folder), process.pid)
  t.throws(
    () => lockFolder(folder),
    new FolderLockError(`${folder} is in use by process ${process.pid}: stop that one first`, { holder: process.pid }),
  )
  t.equal(findHolder(folder), process.pid, 'the refused one took nothing away')
  release()
  t.equal(findHolder(folder), undefined)
  t.strictSame(readdirSync(folder), [])
})

t.test('letting go twice does not let go of what another holds by now', async (t) => {
  const folder = t.testdir()
  const release = lockFolder(folder)
  release()
  const releaseSecond = lockFolder(folder)
  release()
  t.equal(findHolder(folder), process.pid)
  releaseSecond()
})

t.test('a killed holder, also one that is still a zombie, holds nothing', async (t) => {
  const claimer = await startClaimer(t)
  const folder = t.testdir()
  t.equal(await ask(claimer, { folder, at: 0 }), 'claimed')
  t.equal(findHolder(folder), claimer.pid)
  claimer.kill('SIGKILL')
  // Nobody waits for the child before this loop lets go, so it sees a zombie at first.
  await until(() => findHolder(folder) === undefined, { timeoutMs: 5_000, what: 'the holder is gone' })
  lockFolder(folder)()
})

t.test('a process id that another program has by now holds nothing', linuxOnly, async (t) => {
  const other = spawn('sleep', ['60'])
  t.teardown(() => other.kill())
  await once(other, 'spawn')
  const folder = folderHeldBy(t, `${other.pid}-1.before`)
  t.equal(findHolder(folder), undefined)
  lockFolder(folder)()
})

t.test('what stands in the lock and is no claim holds nothing', async (t) => {
  for (const nonsense of ['', 'x', `${ownIdentity()}`, '1-1', 'a-b.c'].filter(Boolean)) {
    const folder = folderHeldBy(t, nonsense)
    lockFolder(folder)()
    t.notOk(existsSync(join(folder, 'holder')), nonsense)
  }
})

t.test('drafts of starts that were killed are cleared away, those of others are not', async (t) => {
  const theirs = `.holder-${ownIdentity()}.theirs`
  const folder = t.testdir({ [`.holder-${deadClaim}`]: {}, [theirs]: {} })
  lockFolder(folder)()
  t.strictSame(readdirSync(folder), [theirs])
})

t.test('a holder that ends by process.exit lets go', async (t) => {
  const folder = t.testdir()
  const module = JSON.stringify(join(import.meta.dirname, '../src/folder-lock.ts'))
  const program = `const { lockFolder } = await import(${module}); lockFolder(${JSON.stringify(folder)}); process.exit(3)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
  t.strictSame(await once(child, 'exit'), [3, null])
  t.strictSame(readdirSync(folder), [])
})

t.test('a folder that cannot be made is one clear line', async (t) => {
  const file = join(t.testdir({ file: 'mine' }), 'file')
  t.throws(() => lockFolder(join(file, 'data')), { name: 'FolderLockError', message: /file\/data cannot be made or written: / })
  t.equal(readFileSync(file, 'utf8'), 'mine')
  const folder = t.testdir({ holder: 'a file of somebody else' })
  t.throws(() => lockFolder(folder), { name: 'FolderLockError', message: /holder cannot be made: remove what is there/ })
})

// Root may read what it owns, whatever its mode, unless it gives that up.
const plainReader = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search', '--'] : []
const canLose = { skip: process.getuid?.() === 0 && process.platform !== 'linux' && 'needs setpriv' }

t.test('a lock that cannot be read is one clear line, and not waited for', canLose, async (t) => {
  const folder = t.testdir({ holder: { theirs: '' } })
  chmodSync(join(folder, 'holder'), 0o000)
  const module = JSON.stringify(join(import.meta.dirname, '../src/folder-lock.ts'))
  const program = `const { lockFolder } = await import(${module}); lockFolder(${JSON.stringify(folder)})`
  const [command = '', ...args] = [...plainReader, process.execPath, '--input-type=module', '-e', program]
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 })
  chmodSync(join(folder, 'holder'), 0o700)
  t.equal(status, 1)
  t.match(stderr, /FolderLockError: .*holder cannot be read: see that you may read it/)
  t.strictSame(readdirSync(folder), ['holder'], 'nothing is left behind')
})
