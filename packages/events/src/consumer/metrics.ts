import { Gauge, type Registry } from 'prom-client'
import type { Bus } from '../bus/bus.ts'
import { counter, histogram } from '../metrics/register.ts'

const labelNames = ['group', 'topic'] as const

export type ConsumerMetrics = ReturnType<typeof consumerMetrics>

/** The metrics that all consumers of a process share. */
export function consumerMetrics(registry: Registry) {
  return {
    processed: counter(registry, { name: 'crm_consumer_processed_total', help: 'Events whose effects were committed.', labelNames }),
    failed: counter(registry, {
      name: 'crm_consumer_failed_total',
      help: 'Attempts that failed by the handler, of a batch or of an event alone; outages do not count.',
      labelNames,
    }),
    retried: counter(registry, {
      name: 'crm_consumer_retried_total',
      help: 'Failed attempts after which the event is tried again after a pause.',
      labelNames,
    }),
    deadLettered: counter(registry, {
      name: 'crm_consumer_dead_lettered_total',
      help: 'Records given up and stored as dead letters, by cause: malformed, permanent, attempts (too many failed) or crashes (of the process, in flight each time).',
      labelNames: [...labelNames, 'cause'] as const,
    }),
    interrupted: counter(registry, {
      name: 'crm_consumer_interrupted_total',
      help: 'Times a partition could not go on by no fault of its events, such as an outage of the database.',
      labelNames,
    }),
    duplicates: counter(registry, {
      name: 'crm_consumer_duplicates_total',
      help: 'Events delivered again after their effects were committed, and skipped.',
      labelNames,
    }),
    handlerSeconds: histogram(registry, {
      name: 'crm_consumer_handler_seconds',
      help: 'Time to handle the events delivered together, commit included, whether it worked or not.',
      labelNames,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    }),
  }
}

const deadLetterCauses = ['malformed', 'permanent', 'attempts', 'crashes']

/** Shows a group's counters before anything is counted: a series that begins with 1 has not increased, to those who watch it. */
export function beginAtZero(metrics: ConsumerMetrics, group: string, topics: readonly string[]): void {
  const { processed, failed, retried, interrupted, duplicates, deadLettered } = metrics
  for (const topic of topics) {
    for (const each of [processed, failed, retried, interrupted, duplicates]) each.inc({ group, topic }, 0)
    for (const cause of deadLetterCauses) deadLettered.inc({ group, topic, cause }, 0)
  }
}

interface LagSource {
  bus: Bus
  group: string
  topics: readonly string[]
}

const lagSources = new WeakMap<Registry, Set<LagSource>>()

/**
 * Registers how far a group is behind, over all its consumers; asked of the bus at each scrape, NaN while that cannot answer. Returns
 * what forgets it again: the series of a group that is no longer consumed here go.
 */
export function registerLag(registry: Registry, source: LagSource): () => void {
  const existing = lagSources.get(registry)
  const sources = existing ?? new Set()
  sources.add(source)
  const gauge = existing === undefined ? createLagGauge(registry, sources) : registry.getSingleMetric(lagName)
  lagSources.set(registry, sources)
  return () => {
    sources.delete(source)
    const stays = (topic: string) => [...sources].some(({ group, topics }) => group === source.group && topics.includes(topic))
    if (gauge instanceof Gauge) for (const topic of source.topics) if (!stays(topic)) gauge.remove({ group: source.group, topic })
  }
}

const lagName = 'crm_consumer_lag'

function createLagGauge(registry: Registry, sources: ReadonlySet<LagSource>): Gauge<(typeof labelNames)[number]> {
  return new Gauge({
    name: lagName,
    help: 'Records of the topic that the group, over all its processes, has not done yet: each process says the same, so take the maximum.',
    labelNames,
    registers: [registry],
    async collect() {
      await Promise.all(
        [...sources].map(async (source) => {
          const { bus, group, topics } = source
          const lag = await bus.lag(group, topics).catch(() => undefined)
          // It may have been forgotten meanwhile.
          if (sources.has(source)) for (const topic of topics) this.set({ group, topic }, lag?.get(topic) ?? Number.NaN)
        }),
      )
    },
  })
}
