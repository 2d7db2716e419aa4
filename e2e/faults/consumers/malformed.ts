import { randomBytes } from 'node:crypto'
import type { BusMessage } from '../../../packages/events/src/bus/bus.ts'
import { createdMessage } from './lead-messages.ts'

type Headers = BusMessage['headers']
type Break = (message: BusMessage) => Partial<BusMessage>

const withValue =
  (value: Buffer | string | null): Break =>
  () => ({ value: typeof value === 'string' ? Buffer.from(value) : value })
const withPayload =
  (changed: Record<string, unknown>): Break =>
  ({ value }) => ({ value: Buffer.from(JSON.stringify({ ...JSON.parse(String(value)), ...changed })) })
const withHeader =
  (name: string, value: string | Buffer): Break =>
  ({ headers }) => ({ headers: { ...headers, [name]: Buffer.from(value) } })
const withoutHeader =
  (name: string): Break =>
  ({ headers }) => ({ headers: Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name)) })

const required = ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time', 'ce_sequence', 'content-type']

/** Ways in which a message is no `lead.created`; each breaks nothing but what it names. */
export const malformations: Record<string, Break> = {
  'bytes that are no text': () => ({ value: randomBytes(64) }),
  'no value': withValue(null),
  'an empty value': withValue(''),
  'text that is no JSON': withValue('a lead was created'),
  'JSON cut off': ({ value }) => ({ value: value?.subarray(0, value.length / 2) ?? null }),
  'JSON in UTF-16': ({ value }) => ({ value: Buffer.from(String(value), 'utf16le') }),
  'a string in Latin-1': ({ value }) => ({ value: Buffer.from(String(value).replace('Leonie', 'Léonie'), 'latin1') }),
  'JSON that is no object': withValue('[1, 2, 3]'),
  'JSON null': withValue('null'),
  'a field missing': withPayload({ companyId: undefined }),
  'a field of another type': withPayload({ name: 5 }),
  'an id that is none': withPayload({ leadId: 'lead 5' }),
  'a status nobody knows': withPayload({ status: 'HOT' }),
  'a time that is none': withPayload({ createdAt: 'yesterday' }),
  'no headers': () => ({ headers: {} }),
  ...Object.fromEntries(required.map((name) => [`header ${name} missing`, withoutHeader(name)])),
  'another version of CloudEvents': withHeader('ce_specversion', '0.3'),
  'an event id that is no UUID': withHeader('ce_id', 'event 5'),
  'an event id of bytes': withHeader('ce_id', Buffer.from([0xff, 0xfe, 0x00])),
  'an event time that is none': withHeader('ce_time', 'noon'),
  'an unknown type': withHeader('ce_type', 'lead.imagined'),
  'a type of 8 KiB': withHeader('ce_type', 'x'.repeat(8 * 1024)),
  'the type of another topic': withHeader('ce_type', 'lead.updated'),
  'another content type': withHeader('content-type', 'text/plain'),
  'a sequence that is no number': withHeader('ce_sequence', 'one'),
  'a sequence below 1': withHeader('ce_sequence', '0'),
  'headers of a dead letter, forged': (message) => ({ value: null, headers: { ...message.headers, ...forged } }),
}

const forged: Headers = Object.fromEntries(
  Object.entries({ dlq_id: '0123456789ab', dlq_replayed: '0123456789ab', dlq_group: 'another.group', dlq_attempts: 'many' }).map(
    ([name, text]) => [name, Buffer.from(text)],
  ),
)

/** So many malformed messages of topic lead.created, of every kind in turn, each with a key of its own. */
export function malformedMessages(count: number): BusMessage[] {
  const breaks = Object.values(malformations)
  return Array.from({ length: count }, (_, index) => {
    const message = createdMessage()
    return { ...message, ...breaks[index % breaks.length]?.(message) }
  })
}
