import { join } from 'node:path'
import t from 'tap'
import { until } from '../src/poll.ts'
import { endingWithUs, startProcess, type TestProcess } from '../src/processes.ts'

const node = process.execPath

t.test('a process is started when its output says so, and what it prints is kept', async (t) => {
  const script = `console.log('on ' + process.env.NAME); console.error('warned'); setTimeout(() => console.log('ready'), 50); setInterval(() => {}, 1000)`
  const child = await startProcess(t, { command: node, args: ['-e', script], env: { NAME: 'stage' }, ready: /ready/ })
  t.match(child.stdout(), /on stage\nready/)
  t.match(child.stderr(), /warned/)
  t.match(child.output(), /warned/)
  t.same(await child.stop(), { code: null, signal: 'SIGTERM' })
})

t.test('a process that ends before it is ready is reported with what it said', async (t) => {
  const starting = startProcess(t, { command: node, args: ['-e', `console.error('port taken'); process.exit(3)`], ready: /ready/ })
  await t.rejects(starting, { message: /ended with 3 before(.|\n)*port taken/ })
})

t.test('a process that is never ready is given up', async (t) => {
  const starting = startProcess(t, { command: node, args: ['-e', 'setInterval(() => {}, 1000)'], ready: /ready/, readyTimeoutMs: 200 })
  await t.rejects(starting, { message: /not ready within 200 ms/ })
})

t.test('a command that does not exist is reported', async (t) => {
  await t.rejects(startProcess(t, { command: '/no/such/command', ready: /ready/ }), { message: /could not be run.*ENOENT/ })
  await t.rejects(startProcess(t, { command: '/no/such/command' }), { code: 'ENOENT' })
})

t.test('teardown ends a process together with those it started', async (t) => {
  let child: TestProcess | undefined
  await t.test('its user', async (t) => {
    const script = `const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); console.log('grandchild ' + pid); setInterval(() => {}, 1000)`
    child = await startProcess(t, { command: node, args: ['-e', script], ready: /grandchild \d+\n/ })
  })
  const grandchild = Number(/grandchild (\d+)/.exec(child?.stdout() ?? '')?.[1])
  t.ok(grandchild > 0)
  await until(() => !isAlive(grandchild), { timeoutMs: 5000, what: 'the end of the grandchild' })
  t.same(await child?.exited, { code: null, signal: 'SIGKILL' })
})

t.test('a process that is to end with its starter is gone when that was killed', { skip: process.platform !== 'linux' }, async (t) => {
  const src = JSON.stringify(join(import.meta.dirname, '../src/processes.ts'))
  const script = `import { endingWithUs, startProcess } from ${src}
    const idle = endingWithUs({ command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] })
    console.log('child ' + (await startProcess({ teardown() {} }, idle)).pid)`
  const starter = await startProcess(t, { command: node, args: ['--input-type=module', '-e', script], ready: /child \d+\n/ })
  const child = Number(/child (\d+)/.exec(starter.stdout())?.[1])
  t.ok(isAlive(child))
  await starter.stop('SIGKILL')
  await until(() => !isAlive(child), { timeoutMs: 5000, what: 'the end of the child' })
  t.strictSame(endingWithUs({ command: node, args: ['-v'] }).args?.slice(-2), [node, '-v'])
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
