import { partitionsPerTopic } from '@crm/events/bus/bus.ts'
import { allContracts } from '@crm/events/contracts/all.ts'
import type { EventContract } from '@crm/events/contracts/contract.ts'
import { toMessage } from '@crm/events/envelope/to-message.ts'
import type { JsonObject } from '@crm/openapi/json.ts'
import { apiVersion } from '@crm/service-kit/http/openapi-version.ts'
import { stringify } from 'yaml'

const bindingVersion = '0.5.0'
// Of examples whose payload tells no time.
const someTime = '2026-01-31T09:30:00.000Z'

const info = {
  title: 'CRM events',
  version: apiVersion,
  description: [
    "What the services of the CRM publish: CloudEvents 1.0 in Kafka's binary mode, a topic for each type, the value in JSON.",
    'Events of one record have its id as their key, so they keep their order; `ce_sequence` is the version of the record after the change.',
    'An event may come twice: `ce_id` tells. Ignore fields you do not know: contracts only grow by optional ones.',
  ].join('\n'),
  license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
}

/** The AsyncAPI document of all events, as YAML. */
export function eventDocument(contracts: readonly EventContract[] = allContracts): string {
  const document = {
    asyncapi: '3.0.0',
    info,
    defaultContentType: 'application/json',
    servers: {
      development: { host: '127.0.0.1:9092', protocol: 'kafka', description: 'A broker as `pnpm kafka` runs it; it asks for no login.' },
    },
    channels: Object.fromEntries(contracts.map((contract) => [contract.type, channelOf(contract)])),
    operations: Object.fromEntries(contracts.map((contract) => [`publish.${contract.type}`, operationOf(contract)])),
    components: {
      messages: Object.fromEntries(contracts.map((contract) => [contract.type, messageOf(contract)])),
      schemas: Object.fromEntries(contracts.map((contract) => [schemaName(contract), payloadOf(contract)])),
      securitySchemes: {
        plain: { type: 'plain', description: 'KAFKA_SASL_MECHANISM=PLAIN' },
        scramSha256: { type: 'scramSha256', description: 'KAFKA_SASL_MECHANISM=SCRAM-SHA-256' },
        scramSha512: { type: 'scramSha512', description: 'KAFKA_SASL_MECHANISM=SCRAM-SHA-512' },
      },
    },
  }
  // By the rules of YAML 1.1, as many tools read it still: there a time without quotes is not text.
  return stringify(JSON.parse(JSON.stringify(document)), { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })
}

function channelOf({ type, summary }: EventContract) {
  return {
    address: type,
    summary,
    messages: { [type]: { $ref: `#/components/messages/${type}` } },
    bindings: { kafka: { topic: type, partitions: partitionsPerTopic, bindingVersion } },
  }
}

function operationOf({ type, source, summary }: EventContract) {
  return {
    action: 'send',
    summary,
    description: `Sent by ${source.slice(1)}.`,
    channel: { $ref: `#/channels/${type}` },
    messages: [{ $ref: `#/channels/${type}/messages/${type}` }],
    security: ['plain', 'scramSha256', 'scramSha512'].map((scheme) => ({ $ref: `#/components/securitySchemes/${scheme}` })),
  }
}

function messageOf(contract: EventContract) {
  const { type, summary } = contract
  return {
    name: type,
    title: type,
    summary,
    contentType: 'application/json',
    headers: headersOf(contract),
    payload: { $ref: `#/components/schemas/${schemaName(contract)}` },
    bindings: { kafka: { key: recordIdOf(contract), bindingVersion } },
    examples: examplesOf(contract).map((payload) => ({ name: type, summary, headers: exampleHeaders(contract, payload), payload })),
  }
}

// The member of a payload that holds the id of the record, by what a type begins with. Sessions are no records: their events follow the user.
const recordIds = {
  'lead.': 'leadId',
  'identity.company.': 'companyId',
  'identity.user.': 'userId',
  'identity.session.': 'userId',
  'ops.dead-letter.': 'deadLetterId',
}

/** Throws for a contract of which it is not known, or whose payload does not have it. */
function recordIdMember({ type, payload }: EventContract): string {
  const [, member] = Object.entries(recordIds).find(([beginning]) => type.startsWith(beginning)) ?? []
  if (member === undefined || !(member in payload.properties))
    throw new Error(`recordIds of event-document.ts names no member of ${type} that holds the id of its record`)
  return member
}

/** The id of the record as headers and keys hold it. */
function recordIdOf(contract: EventContract) {
  const isUuid = contract.payload.properties[recordIdMember(contract)]?.format === 'uuid'
  return { type: 'string', ...(isUuid && { format: 'uuid' }), description: 'The id of the record.' }
}

function headersOf(contract: EventContract) {
  const { type, source, sequence } = contract
  const properties = {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: { type: 'string', format: 'uuid', description: 'Names the event; the same when it comes again.' },
    ce_type: { const: type },
    ce_source: { const: source },
    ce_subject: recordIdOf(contract),
    ce_time: { type: 'string', format: 'date-time', description: 'When it happened.' },
  }
  const version = { type: 'string', pattern: '^[1-9][0-9]*$', description: 'The version of the record after the change.' }
  const ordered = sequence === 'record-version' ? { ce_sequence: version } : {}
  const optional = {
    ce_requestid: { type: 'string', description: 'The request that caused it, as in logs.' },
    traceparent: { type: 'string', description: 'W3C Trace Context.' },
  }
  return { type: 'object', required: Object.keys({ ...properties, ...ordered }), properties: { ...properties, ...ordered, ...optional } }
}

/** The payload's schema without its examples, which the message shows. */
function payloadOf({ payload }: EventContract) {
  const { examples: _, ...schema } = payload
  return schema
}

function examplesOf({ payload }: EventContract): JsonObject[] {
  return payload.examples ?? []
}

/** The headers as the outbox sends them. It happened at the latest of the times that the payload tells. */
function exampleHeaders(contract: EventContract, payload: JsonObject): Record<string, string> {
  const { type, source, sequence } = contract
  const times = Object.entries(payload).flatMap(([name, value]) => (name.endsWith('At') ? [Date.parse(String(value))] : []))
  const { headers } = toMessage({
    eventId: '01980000-0000-7000-8000-00000000eeee',
    type,
    source,
    recordId: String(payload[recordIdMember(contract)]),
    shard: 0,
    sequence: sequence === 'none' ? null : type.endsWith('.created') ? 1 : 2,
    payload: JSON.stringify(payload),
    occurredAt: new Date(times.length === 0 ? someTime : Math.max(...times)),
    requestId: '01980000-0000-7000-8000-00000000abcd',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  })
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString()]))
}

/** Such as LeadCreated, of `lead.created`. */
function schemaName({ type }: EventContract): string {
  return type.replace(/(?:^|[.-])(\w)/g, (_, letter: string) => letter.toUpperCase())
}
