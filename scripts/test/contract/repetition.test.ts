import t from 'tap'
import { describeChange } from '../../contract/compatibility/change.ts'
import { openApiChanges } from '../../contract/compatibility/openapi-changes.ts'
import { sdkChanges } from '../../contract/compatibility/sdk-changes.ts'
import { type Changes, changed } from './changed.ts'
import { exampleApi } from './example-documents.ts'

const things = '/paths/~1things'
const thing = '/paths/~1things~1{thingId}'
const done = { 204: { description: 'Done.' } }
const key = { in: 'header', name: 'Idempotency-Key', required: false, schema: { type: 'string' } }

/** The example API with all that lets a client repeat a request whose answer was lost. */
const repeatable = changed(exampleApi(), {
  [`${things}/post/parameters`]: [key],
  [`${thing}/patch`]: { operationId: 'markThing', tags: ['things'], responses: done, 'x-idempotent': true },
  [`${thing}/put`]: { operationId: 'replaceThing', tags: ['things'], responses: done },
  [`${thing}/delete`]: { operationId: 'deleteThing', tags: ['things'], responses: done },
})

const notRepeatable: { name: string; change: Changes; line: string }[] = [
  {
    name: 'a POST that changed nothing is no longer marked so',
    change: { [`${thing}/post/x-safe`]: undefined },
    line: 'POST /things/{thingId}: is no longer safe: those who repeat it repeat its effect',
  },
  {
    name: 'a PUT is marked as one that must not be repeated',
    change: { [`${thing}/put/x-idempotent`]: false },
    line: 'PUT /things/{thingId}: is no longer idempotent: those who repeat it repeat its effect',
  },
  {
    name: 'and a DELETE',
    change: { [`${thing}/delete/x-idempotent`]: false },
    line: 'DELETE /things/{thingId}: is no longer idempotent: those who repeat it repeat its effect',
  },
  {
    name: 'what was marked as repeatable is no longer marked so',
    change: { [`${thing}/patch/x-idempotent`]: undefined },
    line: 'PATCH /things/{thingId}: is no longer idempotent: those who repeat it repeat its effect',
  },
  {
    name: 'an operation takes no Idempotency-Key any more',
    change: { [`${things}/post/parameters/0`]: undefined },
    line: 'POST /things header idempotency-key: is no longer taken',
  },
  {
    name: 'an operation demands an Idempotency-Key',
    change: { [`${things}/post/parameters/0/required`]: true },
    line: 'POST /things header idempotency-key: is required now',
  },
]

t.test('what a client could repeat it can repeat: taking that back breaks, and giving it does not', async (t) => {
  for (const { name, change, line } of notRepeatable) {
    const less = changed(repeatable, change)
    t.strictSame(openApiChanges(repeatable, less).map(describeChange), [line], name)
    const more = [...openApiChanges(less, repeatable), ...sdkChanges(less, repeatable)]
    t.strictSame(more.map(describeChange), [], `the other way round: ${name}`)
  }
})

t.test('a method that promises nothing by itself loses nothing by a mark that says so', async (t) => {
  const marked = changed(repeatable, { [`${things}/post/x-idempotent`]: false })
  t.strictSame(openApiChanges(repeatable, marked), [])
})
