import t from 'tap'
import { describeChange } from '../../contract/compatibility/change.ts'
import { eventChanges } from '../../contract/compatibility/event-changes.ts'
import { type Changes, changed } from './changed.ts'
import { exampleEvents } from './example-documents.ts'

interface Case {
  name: string
  change: Changes
}

const created = '/channels/thing.created'
const payload = '/components/schemas/ThingCreated'
const message = '/components/messages/thing.created'

const breaking: (Case & { lines: string[] })[] = [
  {
    name: 'a channel is removed',
    change: { '/channels/thing.deleted': undefined },
    lines: ['channel thing.deleted: was removed'],
  },
  {
    name: 'the partitions of a channel change, and with them the order of a key',
    change: { [`${created}/bindings/kafka/partitions`]: 12 },
    lines: ['channel thing.created: partitions is now 12 (was 6)'],
  },
  {
    name: 'a channel is of another topic',
    change: { [`${created}/bindings/kafka/topic`]: 'things' },
    lines: ['channel thing.created: topic is now "things" (was "thing.created")'],
  },
  {
    name: 'nobody sends an event any more',
    change: { '/operations/publish.thing.created': undefined },
    lines: ['operation publish.thing.created: was removed: nobody does it any more'],
  },
  {
    name: 'a channel carries a second type, which its consumers do not know',
    change: { [`${created}/messages/thing.born`]: { $ref: '#/components/messages/thing.created' } },
    lines: ['channel thing.created message thing.born: is new on this channel'],
  },
  {
    name: 'a field is removed',
    change: { [`${payload}/properties/note`]: undefined },
    lines: ['event ThingCreated.note: was removed'],
  },
  {
    name: 'a required field becomes optional',
    change: { [`${payload}/required/2`]: undefined },
    lines: ['event ThingCreated.size: may now be missing'],
  },
  {
    name: 'the type of a field changes',
    change: { [`${payload}/properties/name/type`]: 'integer' },
    lines: ['event ThingCreated.name: may now be integer (was string)'],
  },
  {
    name: 'a field may now be null',
    change: { [`${payload}/properties/name/type`]: ['string', 'null'] },
    lines: ['event ThingCreated.name: may now be null (was string)'],
  },
  {
    name: 'a value is added to a list',
    change: { [`${payload}/properties/size/anyOf/-`]: { const: 'HUGE', type: 'string' } },
    lines: ['event ThingCreated.size: may now be "HUGE"'],
  },
  {
    name: 'a value is removed from a list: events that hold it are still in the log',
    change: { [`${payload}/properties/size/anyOf/1`]: undefined },
    lines: ['event ThingCreated.size: no longer takes "LARGE"'],
  },
  {
    name: 'a required field is added: events without it are still in the log',
    change: { [`${payload}/properties/colour`]: { type: 'string' }, [`${payload}/required/-`]: 'colour' },
    lines: ['event ThingCreated.colour: is required now'],
  },
  {
    name: 'an optional field becomes required',
    change: { [`${payload}/required/-`]: 'note' },
    lines: ['event ThingCreated.note: is required now'],
  },
  {
    name: 'a field that the payload does not name becomes required',
    change: { [`${payload}/required/-`]: 'zip' },
    lines: ['event ThingCreated.zip: is required now'],
  },
  {
    name: 'a payload is closed to fields it does not name',
    change: { [`${payload}/additionalProperties`]: false },
    lines: ['event ThingCreated: no longer takes fields it does not name'],
  },
  {
    name: 'a header is removed',
    change: { [`${message}/headers/properties/ce_id`]: undefined },
    lines: ['event thing.created headers.ce_id: was removed'],
  },
  {
    name: 'the key is of another form',
    change: { [`${message}/bindings/kafka/key/format`]: undefined },
    lines: ['event thing.created key: format is now none (was "uuid")'],
  },
  {
    name: 'the value is of another content type',
    change: { [`${message}/contentType`]: 'application/avro' },
    lines: ['event thing.created: contentType is now "application/avro"'],
  },
]

const bounded = { thingId: { type: 'string', maxLength: 9 }, name: { type: 'string', pattern: '^a' }, tags: { type: 'array', maxItems: 3 } }
const closed = changed(exampleEvents(), { [`${payload}/additionalProperties`]: false, [`${payload}/properties`]: bounded })

/** Consumers check what comes by the schema they were made with: what it did not take, they give up. */
const refusedByOldConsumers: (Case & { lines: string[] })[] = [
  {
    name: 'a bound is loosened',
    change: { [`${payload}/properties/thingId/maxLength`]: 99, [`${payload}/properties/tags/maxItems`]: undefined },
    lines: ['event ThingCreated.thingId: maxLength is now 99 (was 9)', 'event ThingCreated.tags: maxItems is now none (was 3)'],
  },
  {
    name: 'a pattern is given up',
    change: { [`${payload}/properties/name/pattern`]: undefined },
    lines: ['event ThingCreated.name: pattern is now none (was "^a")'],
  },
  {
    name: 'a field is added to a payload that takes no more',
    change: { [`${payload}/properties/note`]: { type: 'string' } },
    lines: ['event ThingCreated.note: is new in what takes no more fields'],
  },
  {
    name: 'a payload is opened',
    change: { [`${payload}/additionalProperties`]: undefined },
    lines: ['event ThingCreated: may now have fields it does not name'],
  },
]

const compatible: Case[] = [
  { name: 'nothing changes', change: {} },
  { name: 'an optional field is added', change: { [`${payload}/properties/colour`]: { type: 'string' } } },
  { name: 'an optional header is added', change: { [`${message}/headers/properties/traceparent`]: { type: 'string' } } },
  {
    name: 'a channel with an event of its own is added',
    change: {
      '/channels/thing.restored': { address: 'thing.restored', messages: { restored: { $ref: '#/components/messages/restored' } } },
      '/components/messages/restored': { payload: { type: 'object' } },
    },
  },
  {
    name: 'a list of values is written another way',
    change: { [`${payload}/properties/size`]: { type: 'string', enum: ['LARGE', 'SMALL'] } },
  },
  { name: 'texts and examples change', change: { [`${message}/summary`]: 'Other words.', [`${message}/examples`]: [] } },
]

function changesOf({ change }: Case): string[] {
  return eventChanges(exampleEvents(), changed(exampleEvents(), change)).map(describeChange)
}

t.test('what breaks a consumer, of before or of now, is named by its line', async (t) => {
  for (const one of breaking) t.strictSame(changesOf(one), one.lines, one.name)
})

t.test('what the schema of an older consumer refuses is named', async (t) => {
  for (const { name, change, lines } of refusedByOldConsumers) {
    t.strictSame(eventChanges(closed, changed(closed, change)).map(describeChange), lines, name)
  }
})

t.test('what consumers get along with is not flagged', async (t) => {
  for (const one of compatible) t.strictSame(changesOf(one), [], one.name)
})
