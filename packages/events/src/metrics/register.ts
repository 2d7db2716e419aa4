import { Counter, type CounterConfiguration, Histogram, type HistogramConfiguration, type Registry } from 'prom-client'

/** The registry's counter of that name, made on first use: consumers of one process share their metrics and differ by label. */
export function counter<Label extends string>(registry: Registry, options: CounterConfiguration<Label>): Counter<Label> {
  const existing = registry.getSingleMetric(options.name)
  return existing instanceof Counter ? existing : new Counter({ ...options, registers: [registry] })
}

/** The registry's histogram of that name, made on first use. */
export function histogram<Label extends string>(registry: Registry, options: HistogramConfiguration<Label>): Histogram<Label> {
  const existing = registry.getSingleMetric(options.name)
  return existing instanceof Histogram ? existing : new Histogram({ ...options, registers: [registry] })
}
