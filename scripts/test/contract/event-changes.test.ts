import t from 'tap'
import { describeChange } from '../../contract/compatibility/change.ts'
import { eventChanges } from '../../contract/compatibility/event-changes.ts'
import { type Draft, exampleEvents } from './example-documents.ts'

interface Case {
  name: string
  change: (events: Draft) => void
  lines?: string[]
}

const payload = (events: Draft) => events.components.schemas.ThingCreated
const message = (events: Draft) => events.components.messages['thing.created']

const breaking: Case[] = [
  {
    name: 'a channel is removed',
    change: ({ channels }) => delete channels['thing.deleted'],
    lines: ['channel thing.deleted: was removed'],
  },
  {
    name: 'the partitions of a channel change, and with them the order of a key',
    change: ({ channels }) => (channels['thing.created'].bindings.kafka.partitions = 12),
    lines: ['channel thing.created: partitions is now 12 (was 6)'],
  },
  {
    name: 'a channel carries a second type, which its consumers do not know',
    change: ({ channels }) => (channels['thing.created'].messages['thing.born'] = { $ref: '#/components/messages/thing.created' }),
    lines: ['channel thing.created message thing.born: is new on this channel'],
  },
  {
    name: 'a field is removed',
    change: (events) => delete payload(events).properties.note,
    lines: ['event ThingCreated.note: was removed'],
  },
  {
    name: 'a required field becomes optional',
    change: (events) => payload(events).required.pop(),
    lines: ['event ThingCreated.size: may now be missing'],
  },
  {
    name: 'the type of a field changes',
    change: (events) => (payload(events).properties.name.type = 'integer'),
    lines: ['event ThingCreated.name: may now be integer (was string)'],
  },
  {
    name: 'a field may now be null',
    change: (events) => (payload(events).properties.name.type = ['string', 'null']),
    lines: ['event ThingCreated.name: may now be null (was string)'],
  },
  {
    name: 'a value is added to a list',
    change: (events) => payload(events).properties.size.anyOf.push({ const: 'HUGE', type: 'string' }),
    lines: ['event ThingCreated.size: may now be "HUGE"'],
  },
  {
    name: 'a value is removed from a list: events that hold it are still in the log',
    change: (events) => payload(events).properties.size.anyOf.pop(),
    lines: ['event ThingCreated.size: no longer takes "LARGE"'],
  },
  {
    name: 'a required field is added: events without it are still in the log',
    change: (events) => {
      payload(events).properties.colour = { type: 'string' }
      payload(events).required.push('colour')
    },
    lines: ['event ThingCreated.colour: is required now'],
  },
  {
    name: 'an optional field becomes required',
    change: (events) => payload(events).required.push('note'),
    lines: ['event ThingCreated.note: is required now'],
  },
  {
    name: 'a payload is closed to fields it does not name',
    change: (events) => (payload(events).additionalProperties = false),
    lines: ['event ThingCreated: no longer takes fields it does not name'],
  },
  {
    name: 'a header is removed',
    change: (events) => delete message(events).headers.properties.ce_id,
    lines: ['event thing.created headers.ce_id: was removed'],
  },
  {
    name: 'the key is of another form',
    change: (events) => delete message(events).bindings.kafka.key.format,
    lines: ['event thing.created key: format is now none (was "uuid")'],
  },
  {
    name: 'the value is of another content type',
    change: (events) => (message(events).contentType = 'application/avro'),
    lines: ['event thing.created: contentType is now "application/avro"'],
  },
]

const compatible: Case[] = [
  { name: 'nothing changes', change: () => {} },
  { name: 'an optional field is added', change: (events) => (payload(events).properties.colour = { type: 'string' }) },
  { name: 'an optional header is added', change: (events) => (message(events).headers.properties.traceparent = { type: 'string' }) },
  {
    name: 'a channel with an event of its own is added',
    change: (events) => {
      events.channels['thing.restored'] = { address: 'thing.restored', messages: { restored: { $ref: '#/components/messages/restored' } } }
      events.components.messages.restored = { payload: { type: 'object' } }
    },
  },
  {
    name: 'a list of values is written another way',
    change: (events) => (payload(events).properties.size = { type: 'string', enum: ['LARGE', 'SMALL'] }),
  },
  { name: 'texts and examples change', change: (events) => Object.assign(message(events), { summary: 'Other words.', examples: [] }) },
]

function changesOf({ change }: Case): string[] {
  const changed = exampleEvents()
  change(changed)
  return eventChanges(exampleEvents(), changed).map(describeChange)
}

t.test('what breaks a consumer, of before or of now, is named by its line', async (t) => {
  for (const one of breaking) t.strictSame(changesOf(one), one.lines, one.name)
})

t.test('what consumers get along with is not flagged', async (t) => {
  for (const one of compatible) t.strictSame(changesOf(one), [], one.name)
})
