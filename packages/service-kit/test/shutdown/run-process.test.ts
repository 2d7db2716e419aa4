import { join } from 'node:path'
import { until } from '@crm/testing/poll.ts'
import { startProcess } from '@crm/testing/processes.ts'
import t, { type Test } from 'tap'

const file = join(import.meta.dirname, 'processes', 'stopping.ts')
const start = (t: Test, env: Record<string, string>) => startProcess(t, { command: process.execPath, args: [file], env, ready: /started/ })
const steps = (stdout: string) => stdout.split('\n').filter((line) => /^[a-z]+$/.test(line))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal}: unready first, then close, then exit 0`, async (t) => {
    const running = await start(t, {})
    t.strictSame(await running.stop(signal), { code: 0, signal: null })
    t.strictSame(steps(running.stdout()), ['started', 'draining', 'closing', 'closed'])
    t.match(running.stdout(), '"msg":"crm-service stopped"')
  })
}

t.test('nothing is closed before DRAIN_MS have passed', async (t) => {
  const running = await start(t, { DRAIN_MS: '60000' })
  process.kill(running.pid, 'SIGTERM')
  await until(() => running.stdout().includes('draining'), { timeoutMs: 30_000, what: 'draining' })
  const early = await Promise.race([running.exited, new Promise((resolve) => setTimeout(resolve, 300, 'waiting'))])
  t.equal(early, 'waiting')
  t.notMatch(running.stdout(), 'closing')
})

t.test('repeated signals do not cut a running stop short', async (t) => {
  const running = await start(t, { CLOSE_MS: '3000' })
  process.kill(running.pid, 'SIGINT')
  await until(() => running.stdout().includes('closing'), { timeoutMs: 30_000, what: 'closing' })
  process.kill(running.pid, 'SIGINT')
  t.strictSame(await running.stop('SIGTERM'), { code: 0, signal: null })
  t.strictSame(steps(running.stdout()), ['started', 'draining', 'closing', 'closed'])
})

t.test('a close that never ends is left behind at the deadline, with exit 1 and a line that says so', async (t) => {
  const running = await start(t, { CLOSE: 'hangs', DEADLINE_MS: '300' })
  t.strictSame(await running.stop(), { code: 1, signal: null })
  t.match(running.stdout(), /"level":"fatal".*did not stop within 300 ms/)
})

t.test('a close that fails gives exit 1', async (t) => {
  const running = await start(t, { CLOSE: 'throws' })
  t.strictSame(await running.stop(), { code: 1, signal: null })
  t.match(running.stdout(), /"level":"fatal".*the pool would not close/)
})

for (const [fail, message] of [
  ['throws', 'SyntaxError'],
  ['rejects', 'nobody waits for this'],
] as const) {
  t.test(`an uncaught error (${fail}) is logged, closes at once without draining, and gives exit 1`, async (t) => {
    const running = await start(t, { FAIL: fail, DRAIN_MS: '60000' })
    t.strictSame(await running.exited, { code: 1, signal: null })
    t.match(running.stdout(), new RegExp(`"level":"fatal".*${message}`))
    t.strictSame(steps(running.stdout()), ['started', 'draining', 'closing', 'closed'])
  })
}

t.test('after an uncaught error, too, the deadline holds', async (t) => {
  const running = await start(t, { FAIL: 'throws', CLOSE: 'hangs', DEADLINE_MS: '300' })
  t.strictSame(await running.exited, { code: 1, signal: null })
  t.match(running.stdout(), 'did not stop within 300 ms')
})

t.test('an uncaught error during a stop does not cut it short, but gives exit 1', async (t) => {
  const running = await start(t, { FAIL: 'throws while stopping', CLOSE_MS: '300' })
  t.strictSame(await running.stop(), { code: 1, signal: null })
  t.strictSame(steps(running.stdout()), ['started', 'draining', 'closing', 'closed'])
})

t.test('what is closed can tell a process that failed from one that was stopped, or that ended itself', async (t) => {
  const failed = await start(t, { FAIL: 'rejects' })
  t.strictSame(await failed.exited, { code: 1, signal: null })
  t.match(failed.stdout(), 'the process has failed')
  const ended = await start(t, { FAIL: 'cannot go on' })
  t.strictSame(await ended.exited, { code: 1, signal: null })
  t.match(ended.stdout(), /"level":"fatal".*no table/)
  const stopped = await start(t, {})
  t.strictSame(await stopped.stop('SIGTERM'), { code: 0, signal: null })
  for (const orderly of [ended, stopped]) t.notMatch(orderly.stdout(), 'the process has failed')
})
