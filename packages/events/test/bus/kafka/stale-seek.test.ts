import { createRequire } from 'node:module'
import t from 'tap'

// The client's own consumer group, between a faked coordinator and broker: the moment in question is too short to be met from outside.
const require = createRequire(import.meta.url)
const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup.js')
const Emitter = require('kafkajs/src/instrumentation/emitter.js')
const { MemberAssignment } = require('kafkajs/src/consumer/assignerProtocol.js')

type Topics = { topic: string; partitions: { partition: number; offset?: string; fetchOffset?: string }[] }[]

function fakeGroup() {
  const broker = { assigned: [0, 1], committed: '5', fetched: [] as Topics }
  const quiet = () => {}
  const logger = { namespace: () => logger, debug: quiet, info: quiet, warn: quiet, error: quiet }
  const coordinator = {
    isConnected: () => true,
    heartbeat: async () => {},
    joinGroup: async () => ({ generationId: 1, leaderId: 'other', memberId: 'me', members: [], groupProtocol: 'p' }),
    syncGroup: async () => ({
      memberAssignment: MemberAssignment.encode({ version: 0, assignment: { topic: broker.assigned }, userData: Buffer.alloc(0) }),
    }),
    offsetFetch: async ({ topics }: { topics: Topics }) => ({
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ partition, offset: broker.committed })),
      })),
    }),
    offsetCommit: async ({ topics }: { topics: Topics }) => {
      broker.committed = topics[0]?.partitions[0]?.offset ?? ''
    },
  }
  const fetch = async ({ topics }: { topics: Topics }) => {
    broker.fetched = structuredClone(topics)
    return { responses: [] }
  }
  const cluster = {
    connect: async () => {},
    refreshMetadata: async () => {},
    refreshMetadataIfNecessary: async () => {},
    findGroupCoordinator: async () => coordinator,
    findTopicPartitionMetadata: () => [0, 1].map((partitionId) => ({ partitionId, leader: 1 })),
    findBroker: async () => ({ fetch }),
    committedOffsets: () => ({}),
    defaultOffset: () => -2,
  }
  const group = new ConsumerGroup({
    ...{ cluster, logger, groupId: 'group', topics: ['topic'], topicConfigurations: { topic: { fromBeginning: true } } },
    ...{ retry: { retries: 0 }, instrumentationEmitter: new Emitter(), autoCommit: false },
    ...{ sessionTimeout: 1, rebalanceTimeout: 1, maxWaitTimeInMs: 1 },
    assigners: [{ name: 'p', protocol: () => ({}), assign: async () => [] }],
  })
  return { broker, group }
}

t.test('a seek of an earlier assignment does not rewind a partition that comes back', async (t) => {
  const { broker, group } = fakeGroup()
  await group.joinAndSync()
  await group.fetch(1)
  await group.commitOffsets({ topics: [{ topic: 'topic', partitions: [{ partition: 0, offset: '10' }] }] })
  group.seek({ topic: 'topic', partition: 0, offset: '10' })
  broker.assigned = [1]
  await group.joinAndSync()
  await group.fetch(1)
  broker.committed = '5000'
  broker.assigned = [0, 1]
  await group.joinAndSync()
  await group.fetch(1)
  const place = broker.fetched[0]?.partitions.find(({ partition }) => partition === 0)
  t.equal(place?.fetchOffset, '5000', 'where its last owner got')
})
