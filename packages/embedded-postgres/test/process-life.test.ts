import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chown, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { childrenOf, findProcess } from '../src/process-table.ts'
import { query, somePort, start, temporaryFolder } from './temporary-folder.ts'

const fixture = join(import.meta.dirname, 'fixtures', 'owner.ts')
const linuxOnly: { skip?: string } = process.platform === 'linux' ? {} : { skip: 'the kernel ends a server with its starter on Linux only' }

t.test(
  'when the process that started a server is killed, nothing of the server is left and its data starts again',
  linuxOnly,
  async (t) => {
    const dir = await temporaryFolder(t)
    const owner = await startOwner(t, dir)
    const processes = [owner.postmaster, ...childrenOf(owner.postmaster)]
    t.ok(processes.length > 2, 'the server has processes of its own')
    owner.node.kill('SIGKILL')
    await until(async () => !isRunning(owner.postmaster) || (await lockStatus(dir)) !== 'ready')
    const again = await start(t, { dir })
    t.same(await query(again.url(), 'select 1 as one'), [{ one: 1 }])
    await gone(processes)
    t.same(processes.filter(isRunning), [])
  },
)

t.test('Ctrl-C in the terminal leaves the server running until its owner stops it', async (t) => {
  const owner = await startOwner(t, await temporaryFolder(t))
  process.kill(-(owner.node.pid ?? 0), 'SIGINT')
  t.equal(await owner.nextLine(), 'interrupted')
  t.same(await query(owner.url, 'select 1 as one'), [{ one: 1 }])
  owner.node.kill('SIGTERM')
  await once(owner.node, 'exit')
  t.equal(findProcess(owner.postmaster), undefined)
})

t.test('a Ctrl-C that would end a program of the session does not keep a server from being tied to its starter', linuxOnly, async (t) => {
  const dir = await temporaryFolder(t)
  const programs = await temporaryFolder(t)
  const setpriv = spawnSync('sh', ['-c', 'command -v setpriv'], { encoding: 'utf8' }).stdout.trim()
  // Run to see whether it is there, it is interrupted; run for a server, which has a session of its own, it is not.
  const script = `#!/bin/sh\n[ "$1" = --version ] && kill -INT $$\nexec ${setpriv} "$@"\n`
  await writeFile(join(programs, 'setpriv'), script, { mode: 0o755 })
  const owner = await startOwner(t, dir, { path: `${programs}:${process.env.PATH}` })
  owner.node.kill('SIGKILL')
  await gone([owner.postmaster])
  t.notOk(isRunning(owner.postmaster), 'the server ended with its starter')
})

t.test('an ordinary user can start a server', async (t) => {
  if (process.getuid?.() === 0)
    return await t.test('another user than root', checkoutReadable() ? {} : { skip: 'the checkout is closed to others' }, asNobody)
  const server = await start(t, { dir: await temporaryFolder(t) })
  t.same(await query(server.url(), 'select 1 as one'), [{ one: 1 }])
})

t.test('killed with all its children, a server recovers what was committed', async (t) => {
  const dir = await temporaryFolder(t)
  const server = await start(t, { dir })
  await query(server.url(), 'create table kept (note text)', `insert into kept values ('committed')`)
  const processes = [server.pid, ...childrenOf(server.pid)]
  await server.kill()
  t.same(processes.filter(isRunning), [])
  t.same(await server.exited, { code: null, signal: 'SIGKILL' })
  const again = await start(t, { dir })
  t.same(await query(again.url(), 'select note from kept'), [{ note: 'committed' }])
})

t.test('a lock file whose process id went to another program does not prevent a start', linuxOnly, async (t) => {
  const dir = await temporaryFolder(t)
  const server = await start(t, { dir })
  const lock = join(dir, 'data', 'postmaster.pid')
  const text = await readFile(lock, 'utf8')
  await server.kill()
  const other = spawn('sleep', ['60'], { stdio: 'ignore' })
  t.teardown(() => other.kill())
  await writeFile(lock, text.replace(/^\d+/, String(other.pid)))
  const again = await start(t, { dir })
  t.same(await query(again.url(), 'select 1 as one'), [{ one: 1 }])
})

t.test('a start waits for a dead server whose parent has not noticed its end', linuxOnly, async (t) => {
  const dir = await temporaryFolder(t)
  const owner = await startOwner(t, dir)
  owner.node.kill('SIGSTOP')
  process.kill(owner.postmaster, 'SIGKILL')
  await until(() => findProcess(owner.postmaster)?.state === 'zombie')
  const starting = start(t, { dir })
  const early = await Promise.race([starting.then(() => 'started', String), sleep(300).then(() => 'waiting')])
  t.equal(early, 'waiting')
  owner.node.kill('SIGKILL')
  t.same(await query((await starting).url(), 'select 1 as one'), [{ one: 1 }])
})

const nobody = { uid: 65_534, gid: 65_534 }

function checkoutReadable(): boolean {
  return spawnSync(process.execPath, ['--check', fixture], { ...nobody, cwd: '/' }).status === 0
}

async function asNobody(t: Test): Promise<void> {
  const dir = await temporaryFolder(t)
  await chown(dir, nobody.uid, nobody.gid)
  const owner = await startOwner(t, dir, { user: nobody })
  t.same(await query(owner.url, 'select 1 as one'), [{ one: 1 }])
  t.match(await readFile(`/proc/${owner.postmaster}/status`, 'utf8'), /^Uid:\t65534\t(.*\n)*CapEff:\t0+$/m)
}

interface Owner {
  node: ChildProcess
  postmaster: number
  url: string
  nextLine(): Promise<string>
}

interface OwnerOptions {
  user?: { uid: number; gid: number }
  path?: string | undefined
}

async function startOwner(t: Test, dir: string, { user, path = process.env.PATH }: OwnerOptions = {}): Promise<Owner> {
  const args = [fixture, dir, String(await somePort())]
  const node = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: { PATH: path },
    ...user,
  })
  t.teardown(async () => {
    const ended = node.exitCode !== null || node.signalCode !== null
    if (!ended && node.kill('SIGKILL')) await once(node, 'exit')
    if (postmaster > 0) await gone([postmaster])
  })
  let postmaster = 0
  let errors = ''
  node.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const lines = createInterface({ input: node.stdout ?? process.stdin })[Symbol.asyncIterator]()
  const nextLine = async () => String((await lines.next()).value)
  const [word, pid, url] = (await nextLine()).split(' ')
  if (word !== 'ready' || url === undefined) throw new Error(`The owner did not start a server: ${errors}`)
  postmaster = Number(pid)
  return { node, postmaster, url, nextLine }
}

function isRunning(pid: number): boolean {
  return findProcess(pid)?.state === 'running'
}

async function gone(pids: number[]): Promise<void> {
  await until(() => !pids.some(isRunning))
}

/** What the server in the folder says of itself in its lock file; undefined once it has removed it. */
async function lockStatus(dir: string): Promise<string | undefined> {
  const text = await readFile(join(dir, 'data', 'postmaster.pid'), 'utf8').catch(() => undefined)
  return text?.split('\n')[7]?.trim()
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await condition()) && Date.now() < deadline; ) await sleep(20)
}
