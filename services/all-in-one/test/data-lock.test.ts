import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { findHolder, lockDataFolder } from '../src/data-lock.ts'
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
    const dataDir = join(root, String(round))
    if (round % 3 > 0) {
      mkdirSync(join(dataDir, 'holder'), { recursive: true })
      if (round % 3 === 1) writeFileSync(join(dataDir, 'holder', deadClaim), '')
    }
    const at = Date.now() + 3
    const answers = await Promise.all(claimers.map((claimer) => ask(claimer, { dataDir, at })))
    if (answers.filter((answer) => answer === 'claimed').length !== 1) wrong.push(answers)
    refusals += answers.filter((answer) => /running already on .* as process \d+/.test(answer)).length
    await Promise.all(claimers.map((claimer) => ask(claimer, 'release')))
    if (readdirSync(dataDir).length > 0) wrong.push(readdirSync(dataDir))
  }
  t.strictSame(wrong, [])
  t.equal(refusals, 600, 'each of the others was told who holds it')
})

t.test('the holder is named to whoever comes second, and found by others', async (t) => {
  const dataDir = join(t.testdir(), 'made/on/demand')
  const release = lockDataFolder(dataDir)
  t.equal(findHolder(dataDir), process.pid)
  t.throws(() => lockDataFolder(dataDir), { name: 'StartError', message: `running already on ${dataDir} as process ${process.pid}` })
  t.equal(findHolder(dataDir), process.pid, 'the refused one took nothing away')
  release()
  t.equal(findHolder(dataDir), undefined)
  t.strictSame(readdirSync(dataDir), [])
})

t.test('letting go twice does not let go of what another holds by now', async (t) => {
  const dataDir = t.testdir()
  const release = lockDataFolder(dataDir)
  release()
  const releaseSecond = lockDataFolder(dataDir)
  release()
  t.equal(findHolder(dataDir), process.pid)
  releaseSecond()
})

t.test('a killed holder, also one that is still a zombie, holds nothing', async (t) => {
  const claimer = await startClaimer(t)
  const dataDir = t.testdir()
  t.equal(await ask(claimer, { dataDir, at: 0 }), 'claimed')
  t.equal(findHolder(dataDir), claimer.pid)
  claimer.kill('SIGKILL')
  // Nobody waits for the child before this loop lets go, so it sees a zombie at first.
  await until(() => findHolder(dataDir) === undefined, { timeoutMs: 5_000, what: 'the holder is gone' })
  lockDataFolder(dataDir)()
})

t.test('a process id that another program has by now holds nothing', linuxOnly, async (t) => {
  const other = spawn('sleep', ['60'])
  t.teardown(() => other.kill())
  await once(other, 'spawn')
  const dataDir = folderHeldBy(t, `${other.pid}-1.before`)
  t.equal(findHolder(dataDir), undefined)
  lockDataFolder(dataDir)()
})

t.test('what stands in the lock and is no claim holds nothing', async (t) => {
  for (const nonsense of ['', 'x', `${ownIdentity()}`, '1-1', 'a-b.c'].filter(Boolean)) {
    const dataDir = folderHeldBy(t, nonsense)
    lockDataFolder(dataDir)()
    t.notOk(existsSync(join(dataDir, 'holder')), nonsense)
  }
})

t.test('drafts of starts that were killed are cleared away, those of others are not', async (t) => {
  const theirs = `.holder-${ownIdentity()}.theirs`
  const dataDir = t.testdir({ [`.holder-${deadClaim}`]: {}, [theirs]: {} })
  lockDataFolder(dataDir)()
  t.strictSame(readdirSync(dataDir), [theirs])
})

t.test('a holder that ends by process.exit lets go', async (t) => {
  const dataDir = t.testdir()
  const module = JSON.stringify(join(import.meta.dirname, '../src/data-lock.ts'))
  const program = `const { lockDataFolder } = await import(${module}); lockDataFolder(${JSON.stringify(dataDir)}); process.exit(3)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
  t.strictSame(await once(child, 'exit'), [3, null])
  t.strictSame(readdirSync(dataDir), [])
})

t.test('a folder that cannot be made is one clear line', async (t) => {
  const file = join(t.testdir({ file: 'mine' }), 'file')
  t.throws(() => lockDataFolder(join(file, 'data')), { name: 'StartError', message: /cannot be made or written: set DATA_DIR/ })
  t.equal(readFileSync(file, 'utf8'), 'mine')
  const dataDir = t.testdir({ holder: 'a file of somebody else' })
  t.throws(() => lockDataFolder(dataDir), { name: 'StartError', message: /holder cannot be made: remove what is there/ })
})
