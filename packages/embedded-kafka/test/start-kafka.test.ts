import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { KafkaStartError, type StartFailure } from '../src/start-error.ts'
import { startKafka } from '../src/start-kafka.ts'
import { connect, needsKafka, somePorts, start, temporaryFolder, until } from './broker.ts'

/** The one line that a start is refused with. */
async function refusal(t: Test, starting: Promise<unknown>, reason: StartFailure): Promise<string> {
  try {
    await starting
  } catch (error) {
    if (!(error instanceof KafkaStartError)) throw error
    t.equal(error.reason, reason)
    t.notMatch(error.message, '\n')
    return error.message
  }
  throw new Error('it started')
}

t.test(
  'a broker serves clients on loopback, makes no topic unasked, and keeps its data when it stops or is killed',
  needsKafka,
  async (t) => {
    const dir = await temporaryFolder(t)
    const ports = await somePorts()
    const first = await start(t, { dir, ...ports })
    t.equal(first.brokers, `127.0.0.1:${ports.port}`)
    const { admin, producer } = await connect(t, first.brokers)
    await t.rejects(producer.send({ topic: 'unasked', messages: [{ value: 'x' }] }))
    t.notOk((await admin.listTopics()).includes('unasked'))
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }], waitForLeaders: true })
    await producer.send({ topic: 'kept', messages: [{ value: 'a' }] })
    await first.stop()
    await first.exited

    const second = await start(t, { dir, ...ports })
    const again = await connect(t, second.brokers)
    t.match(await again.admin.fetchTopicOffsets('kept'), [{ offset: '1' }], 'after a stop')
    await again.producer.send({ topic: 'kept', messages: [{ value: 'b' }] })
    await second.kill()
    t.match(await second.exited, { signal: 'SIGKILL' })

    const third = await start(t, { dir, ...ports })
    const last = await connect(t, third.brokers)
    t.match(await last.admin.fetchTopicOffsets('kept'), [{ offset: '2' }], 'after a kill')
  },
)

t.test('a taken port is named, and data in use is not touched', needsKafka, async (t) => {
  const dir = await temporaryFolder(t)
  const ports = await somePorts()
  const squatter = createServer().listen(ports.port, '127.0.0.1')
  t.teardown(() => squatter.close())
  t.match(await refusal(t, startKafka({ dir, ...ports }), 'port-taken'), new RegExp(`Port ${ports.port} on 127.0.0.1 is taken`))

  const running = await start(t, { dir })
  const inUse = `Kafka runs already on ${dir}, started by process ${process.pid}: stop that one first, or choose another folder`
  t.equal(await refusal(t, startKafka({ dir, ...(await somePorts()) }), 'data-in-use'), inUse)
  t.same(await (await connect(t, running.brokers)).admin.listTopics(), [], 'the first still answers')
})

t.test('damaged data is named and left as it is', needsKafka, async (t) => {
  const dir = await temporaryFolder(t)
  const first = await start(t, { dir })
  await first.stop()
  const meta = join(dir, 'data/meta.properties')
  await writeFile(meta, '')
  for (const _ of ['once', 'again']) {
    t.match(
      await refusal(t, startKafka({ dir, ...(await somePorts()) }), 'data-damaged'),
      /is damaged \(meta.properties has no cluster.id\)/,
    )
  }
  await rm(meta)
  t.match(await refusal(t, startKafka({ dir, ...(await somePorts()) }), 'data-damaged'), /meta.properties is missing/)
})

t.test('without Java a start says what to install', async (t) => {
  const script = `import { startKafka } from ${JSON.stringify(join(import.meta.dirname, '../src/start-kafka.ts'))}
    await startKafka({ dir: '/nowhere', port: 1, controllerPort: 2 }).catch((error) => console.log(error.reason, error.message))`
  const args = ['--input-type=module-typescript', '-e', script]
  const { stdout } = spawnSync(process.execPath, args, { env: { PATH: '/nowhere' }, encoding: 'utf8' })
  t.match(stdout, /^no-java Java is not installed.*apt-get install default-jre-headless/)
})

const linuxOnly = process.platform === 'linux' ? {} : { skip: 'the kernel ends a broker with its starter on Linux only' }

t.test('when the process that started a broker is killed, the broker ends too', { ...needsKafka, ...linuxOnly }, async (t) => {
  const dir = await temporaryFolder(t)
  const { port, controllerPort } = await somePorts()
  const args = [join(import.meta.dirname, 'fixtures/owner.ts'), dir, String(port), String(controllerPort)]
  const owner = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(owner, 'close')
  let said = ''
  owner.stdout.on('data', (chunk) => (said += chunk))
  await Promise.race([ended, once(owner.stdout, 'data')])
  const pid = Number(/^ready (\d+)$/m.exec(said)?.[1])
  t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  process.kill(-(owner.pid ?? 0), 'SIGINT')
  await until(() => said.includes('interrupted'), 'Ctrl-C in the terminal')
  t.ok(isAlive(pid), 'the broker does not hear of it')
  owner.kill('SIGKILL')
  await ended
  await until(() => !isAlive(pid), 'the end of the broker')
  t.notOk(isAlive(pid))
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
