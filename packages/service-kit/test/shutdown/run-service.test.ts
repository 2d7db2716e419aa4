import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startProcess } from '@crm/testing/processes.ts'
import t, { type Test } from 'tap'

const file = join(import.meta.dirname, 'processes', 'serving.ts')
const start = (t: Test, env: Record<string, string> = {}, ready = /^starting$/m) =>
  startProcess(t, { command: process.execPath, args: [file], env, ready })
const steps = (stdout: string) => stdout.split('\n').filter((line) => /^[a-z]+$/.test(line))

async function takenPort(t: Test): Promise<string> {
  const holder = createServer().listen(0, '127.0.0.1')
  t.teardown(() => holder.close())
  await once(holder, 'listening')
  const address = holder.address()
  return String(typeof address === 'object' && address !== null ? address.port : 0)
}

t.test('a service works from when it has its port to its end', async (t) => {
  const running = await start(t, {}, /^working$/m)
  t.strictSame(await running.stop(), { code: 0, signal: null })
  t.strictSame(steps(running.stdout()), ['starting', 'working', 'draining', 'closing', 'closed'])
})

t.test('a service whose port is taken begins no work, and is closed before it ends', async (t) => {
  const PORT = await takenPort(t)
  const running = await start(t, { PORT })
  t.strictSame(await running.exited, { code: 1, signal: null })
  t.strictSame(steps(running.stdout()), ['starting', 'closing', 'closed'])
  t.equal(running.stderr(), `crm-service cannot start: port ${PORT} on 127.0.0.1 is already in use (set PORT to another)\n`)
})

t.test('a service that cannot start is closed before it ends, and ends even if that takes for ever', async (t) => {
  for (const [CLOSE, last] of [
    ['ends', 'closed'],
    ['hangs', 'closing'],
  ] as const) {
    const running = await start(t, { START: 'fails', CLOSE })
    t.strictSame(await running.exited, { code: 1, signal: null })
    t.equal(steps(running.stdout()).at(-1), last)
    t.match(running.stderr(), /^crm-service cannot start: Error: no table/)
  }
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} in the middle of a start ends it as it does later: closed, exit 0`, async (t) => {
    const running = await start(t, { START_WAITS: 'until told to stop' })
    t.strictSame(await running.stop(signal), { code: 0, signal: null })
    t.strictSame(steps(running.stdout()), ['starting', 'draining', 'working', 'closing', 'closed'], 'what it began meanwhile is ended')
    t.equal(running.stderr(), '')
  })
}

t.test('a start that fails after a signal is no failure', async (t) => {
  const running = await start(t, { START_WAITS: 'until told to stop', START: 'fails' })
  t.strictSame(await running.stop(), { code: 0, signal: null })
  t.strictSame(steps(running.stdout()), ['starting', 'draining', 'closing', 'closed'])
  t.equal(running.stderr(), '')
})
