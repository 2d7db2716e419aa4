import { connect } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'

const limitMs = 2_000

/** Whether a broker answers a metadata request there and knows itself as alive. Never rejects. */
export async function answersMetadata(broker: string): Promise<boolean> {
  if (!(await accepts(broker))) return false
  const kafka = new Kafka({
    clientId: 'embedded-kafka',
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    connectionTimeout: limitMs,
    requestTimeout: limitMs,
    retry: { retries: 0 },
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    return brokers.some(({ host, port }) => `${host}:${port}` === broker)
  } catch {
    return false
  } finally {
    await admin.disconnect().catch(() => {})
  }
}

// A refused connection costs kafkajs much more than a socket of our own.
function accepts(broker: string): Promise<boolean> {
  const [host = '', port = ''] = broker.split(':')
  return new Promise((settle) => {
    const socket = connect({ host, port: Number(port), timeout: limitMs })
    const end = (accepted: boolean) => () => {
      socket.destroy()
      settle(accepted)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })
}
