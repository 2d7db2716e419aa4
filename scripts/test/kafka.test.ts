import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { findFreePort } from '@crm/local-processes/ports.ts'
import { needsKafka } from '@crm/testing/kafka.ts'
import { freePort } from '@crm/testing/ports.ts'
import { type ProcessOptions, startProcess } from '@crm/testing/processes.ts'
import t from 'tap'
import { root } from '../steps.ts'

const command = (args: string[]): ProcessOptions => ({
  command: process.execPath,
  args: [join(root, 'scripts/run.mjs'), join(root, 'scripts/kafka.ts'), ...args],
})
const running = { ready: /Ctrl-C stops it\./, readyTimeoutMs: 90_000 }

/** Two ports in a row. */
async function freePair(): Promise<number> {
  for (let port = await freePort(); ; port = await findFreePort(port + 1)) if ((await findFreePort(port + 1)) === port + 1) return port
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })

const childrenOf = (pid: number) =>
  spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .stdout.trim()
    .split(/\s+/)

t.test('pnpm kafka runs one broker on its data until Ctrl-C, and ends when the broker does', needsKafka, async (t) => {
  const dir = join(t.testdir(), 'kafka')
  const port = await freePair()
  const args = ['--dir', dir, '--port', String(port)]
  const first = await startProcess(t, { ...command(args), ...running })
  t.match(first.stdout(), `KAFKA_BROKERS=127.0.0.1:${port}`)
  t.ok(await answers(port))

  const second = await startProcess(t, command(args))
  t.match(await second.exited, { code: 1 }, 'a second one on the same data')
  t.equal(second.stderr(), `Kafka runs already on ${dir}, started by process ${first.pid}: stop that one first, or choose another folder\n`)
  t.ok(await answers(port), 'leaves the first alone')

  t.match(await first.stop('SIGINT'), { code: 0 })
  t.match(first.stdout(), /^Kafka stopped\.$/m)
  t.notOk(await answers(port), 'no broker is left')
  t.notOk(existsSync(join(dir, 'holder')), 'nor a lock')

  const third = await startProcess(t, { ...command(args), ...running })
  const [broker] = childrenOf(third.pid)
  process.kill(Number(broker), 'SIGKILL')
  t.match(await third.exited, { code: 1 }, 'a broker that ends by itself')
  t.match(third.stderr(), 'Kafka ended by itself with SIGKILL')
  t.notMatch(third.stdout(), 'Kafka stopped.')
})

t.test('pnpm kafka refuses a port that is none, and options it does not know', async (t) => {
  for (const [args, reason] of [
    [['--port', '65535'], '--port 65535 is no port. Usage: pnpm kafka'],
    [['--port', '90a'], '--port 90a is no port. Usage: pnpm kafka'],
    [['--prot', '9092'], "Unknown option '--prot'"],
  ] as const) {
    const started = await startProcess(t, command([...args]))
    t.match(await started.exited, { code: 1 })
    t.match(started.stderr(), reason)
  }
})
