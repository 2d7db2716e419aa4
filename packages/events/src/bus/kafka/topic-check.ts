import kafkajs, { type Admin } from 'kafkajs'
import type { EventLogger } from '../../logging/event-logger.ts'
import { partitionsPerTopic } from '../bus.ts'
import { isOutage } from './outage.ts'
import { retentionMsOf } from './topics.ts'

/** Tells of topics that someone made with other settings than they would have from us. */
export interface TopicCheck {
  /** Logs a warning for each topic whose partitions or retention differ, once; changes nothing. Rejects with outages alone. */
  warn(admin: Admin, existing: readonly string[]): Promise<void>
}

interface Found {
  partitions: number
  /** -1 keeps records for ever; NaN is not known. */
  retentionMs: number
}

const retention = 'retention.ms'

export function createTopicCheck(logger: EventLogger): TopicCheck {
  const checked = new Set<string>()
  return {
    async warn(admin, existing) {
      const topics = existing.filter((topic) => !checked.has(topic))
      if (topics.length === 0) return
      try {
        for (const [topic, found] of await readSettings(admin, topics)) warnOf(logger, topic, found)
      } catch (error) {
        if (isOutage(error)) throw error
        logger.warn(
          { err: error, topics },
          'the settings of topics cannot be checked: reading them needs the right to describe their configuration',
        )
      }
      for (const topic of topics) checked.add(topic)
    },
  }
}

function warnOf(logger: EventLogger, topic: string, { partitions, retentionMs }: Found): void {
  const wantedRetentionMs = retentionMsOf(topic)
  if (partitions === partitionsPerTopic && retentionMs === wantedRetentionMs) return
  logger.warn(
    { topic, partitions, wantedPartitions: partitionsPerTopic, retentionMs, wantedRetentionMs },
    `topic ${topic} has ${partitions} partitions and keeps records for ${retentionMs} ms, instead of ${partitionsPerTopic} and ${wantedRetentionMs} ms; it is left as it is`,
  )
}

async function readSettings(admin: Admin, topics: string[]): Promise<Map<string, Found>> {
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: [retention] })),
    }),
  ])
  return new Map(
    metadata.topics.map(({ name, partitions }) => {
      const entries = configs.resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []
      const value = entries.find(({ configName }) => configName === retention)?.configValue
      return [name, { partitions: partitions.length, retentionMs: Number(value ?? Number.NaN) }]
    }),
  )
}
