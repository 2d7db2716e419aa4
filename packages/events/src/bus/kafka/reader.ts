import type { Bus } from '../bus.ts'
import { type ReadTopicOptions, readTopic } from './read-topic.ts'

/** The readings of one bus. */
export interface Reader {
  read: Bus['read']
  /** Ends the readings in flight, which reject; bounded. Never rejects. */
  close(): Promise<void>
}

export function createReader(options: Omit<ReadTopicOptions, 'topic' | 'onRecords' | 'signal'>): Reader {
  const closing = new AbortController()
  const readings = new Set<Promise<void>>()
  return {
    async read(topic, onRecords) {
      const reading = readTopic({ ...options, topic, onRecords, signal: closing.signal })
      readings.add(reading)
      await reading.finally(() => readings.delete(reading))
    },
    async close() {
      closing.abort(new Error('the bus is closed'))
      await Promise.allSettled(readings)
    },
  }
}
