import type { Supervised } from '../supervised.ts'

export interface ConsumerCounts {
  /** Events whose effects were committed. */
  processed: number
  /** Events that were delivered again and skipped. */
  duplicates: number
  /** Records that became dead letters. */
  deadLettered: number
  /** Times a partition could not go on by no fault of its events. */
  interrupted: number
}

/** What the processes that run now have counted since they were started, as their metrics say. */
export async function consumerCounts(processes: readonly Supervised[]): Promise<ConsumerCounts> {
  const texts = await Promise.all(processes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()))
  const sum = (metric: string) => texts.flatMap((text) => valuesOf(text, metric)).reduce((total, value) => total + value, 0)
  return {
    processed: sum('crm_consumer_processed_total'),
    duplicates: sum('crm_consumer_duplicates_total'),
    deadLettered: sum('crm_consumer_dead_lettered_total'),
    interrupted: sum('crm_consumer_interrupted_total'),
  }
}

function valuesOf(text: string, metric: string): number[] {
  return [...text.matchAll(new RegExp(`^${metric}(?:\\{.*\\})? (\\S+)$`, 'gm'))].map(([, value]) => Number(value))
}
