import { type Admin, Kafka, logLevel } from 'kafkajs'

// Of kafkajs' enums, which node cannot import by name.
const topicResource = 2
const dynamicTopicConfig = 1

/** Offsets that a group has committed in a topic, by partition; -1 where it has committed none. */
export async function committedOffsets(brokers: string, group: string, topic: string): Promise<Map<number, number>> {
  return await withAdmin(brokers, async (admin) => {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
    return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
  })
}

/** How many records each partition of a topic has had: the offset of its next one. */
export async function endOffsets(brokers: string, topic: string): Promise<Map<number, number>> {
  return await withAdmin(brokers, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic)
    return new Map(ends.map(({ partition, high }) => [partition, Number(high)]))
  })
}

/**
 * Makes a topic refuse every record, since none is small enough; resolves to what makes it take them again. (More replicas in sync than
 * there are brokers would not do: Kafka does not insist on more than the topic has.)
 */
export async function refuseRecords(brokers: string, topic: string): Promise<() => Promise<void>> {
  const before = await ownSettings(brokers, topic)
  await setSettings(brokers, topic, { ...before, 'max.message.bytes': '1' })
  return () => setSettings(brokers, topic, before)
}

type Settings = Record<string, string>

async function ownSettings(brokers: string, name: string): Promise<Settings> {
  const { resources } = await withAdmin(brokers, (admin) =>
    admin.describeConfigs({ resources: [{ type: topicResource, name }], includeSynonyms: false }),
  )
  const own = (resources[0]?.configEntries ?? []).filter(({ configSource }) => configSource === dynamicTopicConfig)
  return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]))
}

/** Settings that are not among these are forgotten. */
async function setSettings(brokers: string, name: string, settings: Settings): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  await withAdmin(brokers, (admin) =>
    admin.alterConfigs({ validateOnly: false, resources: [{ type: topicResource, name, configEntries }] }),
  )
}

async function withAdmin<T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ clientId: 'test-admin', brokers: [brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}
