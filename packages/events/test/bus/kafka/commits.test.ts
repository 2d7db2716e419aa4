import t from 'tap'
import type { BusRecord } from '../../../src/bus/bus.ts'
import { createDeliveries } from '../../../src/bus/kafka/deliveries.ts'
import { recordingLogger } from '../../fixtures/logger.ts'

const record = (offset: number): BusRecord => ({
  ...{ topic: 'topic', partition: 0, offset, key: null, value: null, headers: {} },
  storedAt: new Date(0),
})

/** Deliveries of one record at a time, over a group that refuses the first commits. */
function prepare({ refusals }: { refusals: number }) {
  const { logger, lines } = recordingLogger()
  const story: string[] = []
  const deliveries = createDeliveries({
    ...{ group: 'group', batchSize: 1, logger, onProgress: () => {} },
    async deliver({ records }) {
      story.push(...records.map(({ offset }) => `deliver ${offset}`))
      return { next: (records.at(-1)?.offset ?? 0) + 1, pauseMs: 0 }
    },
  })
  const link = {
    async commit(next: number) {
      story.push(refusals > 0 ? `refuse ${next}` : `commit ${next}`)
      if (refusals-- > 0) throw new Error('the group rebalances')
    },
    seek: () => {},
    resume: () => void story.push('resume'),
  }
  return { deliveries, link, story, lines }
}

t.test('what is behind a record is not begun before its offset is committed, however often that fails', async (t) => {
  const { deliveries, link, story, lines } = prepare({ refusals: 6 })
  await deliveries.begin([record(0), record(1)], link)
  t.strictSame(story, ['deliver 0', ...Array(6).fill('refuse 1'), 'commit 1', 'deliver 1', 'commit 2', 'resume'])
  t.match(lines, [{ level: 'warn', message: 'an offset cannot be committed; its partition waits until it can' }])
})

t.test('a partition that is lost is neither committed nor delivered further', async (t) => {
  const { deliveries, link, story } = prepare({ refusals: Number.POSITIVE_INFINITY })
  const delivery = deliveries.begin([record(0), record(1)], link)
  deliveries.keepOnly({ topic: [1] })
  await delivery
  t.notOk(story.includes('deliver 1'))
})

t.test('a stop does not wait for a commit that goes on failing', async (t) => {
  const { deliveries, link, story } = prepare({ refusals: Number.POSITIVE_INFINITY })
  const delivery = deliveries.begin([record(0), record(1)], link)
  await deliveries.finish()
  await delivery
  t.notOk(story.includes('deliver 1'))
})
