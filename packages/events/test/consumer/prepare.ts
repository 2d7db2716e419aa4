import { randomUUID } from 'node:crypto'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import { Registry } from 'prom-client'
import type { Test } from 'tap'
import { type Bus, type BusMessage, type BusRecord, partitionsPerTopic } from '../../src/bus/bus.ts'
import { partitionOf } from '../../src/bus/partitioner.ts'
import { type Consumer, type ConsumerOptions, createConsumer } from '../../src/consumer/create-consumer.ts'
import { type ApplyEvents, type ConsumerDefinition, defineConsumer } from '../../src/consumer/define-consumer.ts'
import { deadLetterTopic } from '../../src/dead-letters/dead-letter.ts'
import { toMessage } from '../../src/envelope/to-message.ts'
import { outboxRow } from '../../src/outbox/outbox-row.ts'
import { openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { type ThingChange, type ThingContract, thingContract, thingEvent } from '../fixtures/things.ts'
import { effectsOf } from './effects.ts'
import { embeddedBusPlace } from './on-buses.ts'
import { openTestBus, type TestBusPlace } from './test-bus.ts'

export type Handle = ApplyEvents<ThingContract>

/** For conditions that come about within moments, on a machine that is busy with other things. */
export const timeoutMs = 60_000

/** A definition but for the names, which the test has of its own; a function is its handler. */
export type Handling = Handle | DistributiveOmit<ConsumerDefinition<ThingContract>, 'group' | 'on'>
type DistributiveOmit<T, K extends keyof T> = T extends T ? Omit<T, K> : never

/** A service's database, a bus, and consumers of one group between them; on the embedded bus unless another place is given. */
export async function prepare(t: Test, given?: TestBusPlace) {
  const { db, url } = await openServiceDatabase(t)
  const place = given ?? (await embeddedBusPlace(t))
  const { logger, lines } = recordingLogger()
  const [topic, group] = [`thing.${randomUUID()}`, `test-worker.${randomUUID()}`]
  const contract = thingContract(topic)
  const metrics = new Registry()
  const open = () => {
    const opened = openTestBus(place, logger)
    t.teardown(() => opened.close())
    return opened
  }
  const bus = open()
  await bus.createTopics([topic])

  function consumer(handling: Handling, options: Partial<ConsumerOptions<ThingContract>> = {}): Consumer {
    const definition = defineConsumer({ group, on: [contract], ...(typeof handling === 'function' ? { handle: handling } : handling) })
    const created = createConsumer({ definition, bus, db, logger, metrics, retry: { baseMs: 20, maxMs: 100 }, ...options })
    t.teardown(() => created.stop())
    return created
  }

  /** Starts a consumer. */
  async function consume(handling: Handling, options: Partial<ConsumerOptions<ThingContract>> = {}): Promise<Consumer> {
    const created = consumer(handling, options)
    await created.start()
    return created
  }

  const message = (change: ThingChange): BusMessage => toMessage(outboxRow(thingEvent(change, contract)))
  return {
    db,
    url,
    place,
    open,
    bus,
    topic,
    group,
    contract,
    metrics,
    logger,
    lines,
    consumer,
    consume,
    message,
    /** The first changes of a thing. */
    versions: (thingId: string, count: number, from = 1) =>
      Array.from({ length: count }, (_, n) => message({ thingId, version: from + n })),
    metric: (name: string, labels: Record<string, string> = {}) => metricOf(metrics, name, { group, topic, ...labels }),
    deadLetters: () => readAll(bus, deadLetterTopic(topic, group)),
    /** The embedded bus's database, to do to it what no bus does. */
    busDatabaseUrl: 'databaseUrl' in place ? place.databaseUrl : '',
  }
}

export type Prepared = Awaited<ReturnType<typeof prepare>>

/** A metric's value for these labels. */
async function metricOf(metrics: Registry, name: string, labels: Record<string, string>): Promise<number | undefined> {
  const { values } = (await metrics.getSingleMetric(name)?.get()) ?? { values: [] }
  return values.find((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted))?.value
}

/** What a topic holds, in order within each partition. */
export async function readAll(bus: Bus, topic: string): Promise<BusRecord[]> {
  const read: BusRecord[] = []
  await bus.read(topic, (records) => void read.push(...records))
  return read
}

/** The headers of a record as text. */
export function headersOf({ headers }: BusRecord): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

/** Waits for so many effects. */
export async function untilEffects(on: Executor, count: number, thingId?: string): Promise<void> {
  await until(async () => (await effectsOf(on, thingId)).length >= count, { timeoutMs, what: `${count} effects` })
}

/** 1 .. last. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, n) => n + 1)
}

/** An id whose events go to the partition. */
export function thingIn(partition: number): string {
  for (;;) {
    const id = randomUUID()
    if (partitionOf(Buffer.from(id), partitionsPerTopic) === partition) return id
  }
}

/** One thing for each partition. */
export function thingsEverywhere(): string[] {
  return Array.from({ length: partitionsPerTopic }, (_, partition) => thingIn(partition))
}
