import { createServer, type Socket } from 'node:net'
import { freePort } from '@crm/testing/ports.ts'
import t, { type Test } from 'tap'
import { collect } from '../../fixtures/collector.ts'
import { message } from '../../fixtures/messages.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const [saslHandshake, apiVersions, saslAuthenticate] = [17, 18, 36]
const authenticationFailed = 58

/** What a broker with SASL/PLAIN answers to a client whose password is wrong: the three requests that come before all others. */
function answer(apiKey: number): Buffer {
  const int16 = (value: number) => Buffer.from([value >> 8, value & 255])
  const int32 = (value: number) => Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255])
  const text = (value: string) => Buffer.concat([int16(value.length), Buffer.from(value)])
  const ok = int16(0)
  if (apiKey === apiVersions) {
    const versions = [saslHandshake, apiVersions, saslAuthenticate].map((key) => [
      int16(key),
      int16(0),
      int16(key === saslHandshake ? 1 : 0),
    ])
    return Buffer.concat([ok, int32(versions.length), ...versions.flat(), int32(0)])
  }
  if (apiKey === saslHandshake) return Buffer.concat([ok, int32(1), text('PLAIN')])
  return Buffer.concat([int16(authenticationFailed), text('Authentication failed: Invalid username or password'), int32(0)])
}

function serve(socket: Socket): void {
  let pending = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
      const request = pending.subarray(4, 4 + pending.readInt32BE(0))
      pending = pending.subarray(4 + request.length)
      const body = answer(request.readInt16BE(0))
      const size = Buffer.alloc(4)
      size.writeInt32BE(4 + body.length)
      socket.write(Buffer.concat([size, request.subarray(4, 8), body]))
    }
  })
}

async function startRefusingBroker(t: Test): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    serve(socket)
  })
  const port = await freePort()
  await new Promise<void>((settle, reject) => server.once('error', reject).listen(port, '127.0.0.1', settle))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${port}`
}

t.test('refused credentials are named as the cause, whatever is asked for', async (t) => {
  const brokers = await startRefusingBroker(t)
  const { bus } = openKafkaBus(t, brokers, { sasl: { mechanism: 'plain', username: 'crm', password: 'wrong' } })
  const { topic, group } = uniqueNames()
  const refusal = {
    name: 'KafkaCredentialsError',
    message: `Kafka at ${brokers} refused the credentials: SASL PLAIN authentication failed: Authentication failed: Invalid username or password`,
  }
  await t.rejects(bus.createTopics([topic]), refusal)
  await t.rejects(bus.publish([message(topic, 'key', 'a')]), refusal)
  await t.rejects(collect(bus, { group, topics: [topic] }), refusal)
  await t.rejects(
    bus.read(topic, () => {}),
    refusal,
  )
  await t.rejects(bus.lag(group, [topic]), refusal)
  await t.rejects(bus.ping(), refusal)
})
