import t from 'tap'
import { type ConsumerDefinition, defineConsumer } from '../../src/consumer/define-consumer.ts'
import { thingChanged } from '../fixtures/things.ts'

const definition = { group: 'test-worker.note-things', on: [thingChanged], handle: async () => {} }

t.test('a group is named after its process and what it does', async (t) => {
  for (const group of ['crm-worker.qualify-lead', 'audit-service.record']) t.doesNotThrow(() => defineConsumer({ ...definition, group }))
  for (const group of ['qualify-lead', 'crm-worker.', 'Crm.Qualify', 'a.b.c', ''])
    t.throws(() => defineConsumer({ ...definition, group }), /not named <process>/)
})

t.test('a batch has 1 to 500 records', async (t) => {
  for (const batchSize of [1, 500]) t.doesNotThrow(() => defineConsumer({ ...definition, batchSize }))
  for (const batchSize of [0, -1, 1.5, Number.NaN, 501])
    t.throws(() => defineConsumer({ ...definition, batchSize }), /batchSize is .*, not an integer from 1 to 500/)
})

t.test('a deadline that no timer can keep, or that the server would not let it keep, is refused', async (t) => {
  const preparing: ConsumerDefinition<typeof thingChanged> = {
    group: definition.group,
    on: definition.on,
    prepare: async () => definition.handle,
  }
  for (const applyDeadlineMs of [1, 14_000]) t.doesNotThrow(() => defineConsumer({ ...definition, applyDeadlineMs }))
  for (const applyDeadlineMs of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 14_001])
    t.throws(() => defineConsumer({ ...definition, applyDeadlineMs }), /applyDeadlineMs is .*, not an integer from 1 to 14000/)
  t.doesNotThrow(() => defineConsumer({ ...preparing, prepareDeadlineMs: 3_600_000 }))
  for (const prepareDeadlineMs of [0, Number.POSITIVE_INFINITY, 3_600_001])
    t.throws(() => defineConsumer({ ...preparing, prepareDeadlineMs }), /prepareDeadlineMs/)
})
