export interface BrokerAddress {
  port: number
  controllerPort: number
  dataDir: string
}

// Sized for a laptop that runs everything beside it, and for one broker that is also its only controller.
const defaults: Record<string, string> = {
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '6',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  'num.network.threads': '2',
  'num.io.threads': '4',
  'log.cleaner.dedupe.buffer.size': '8388608',
  'log.index.size.max.bytes': '1048576',
}

/** The broker's configuration file: KRaft, broker and controller in one, on loopback only. `settings` replace or add to ours. */
export function serverProperties({ port, controllerPort, dataDir }: BrokerAddress, settings: Record<string, string> = {}): string {
  const fixed = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataDir.replaceAll('\\', '\\\\'),
  }
  return Object.entries({ ...defaults, ...settings, ...fixed })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
