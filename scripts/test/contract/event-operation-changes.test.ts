import t from 'tap'
import { describeChange } from '../../contract/compatibility/change.ts'
import { eventChanges } from '../../contract/compatibility/event-changes.ts'
import { type Changes, changed, partAt } from './changed.ts'
import { exampleEvents } from './example-documents.ts'

interface Case {
  name: string
  change: Changes
}

const operation = '/operations/publish.thing.created'
const schemes = '/components/securitySchemes'
const development = '/servers/development'
const created = 'operation publish.thing.created'
const plain = { $ref: '#/components/securitySchemes/plain' }

const breaking: (Case & { lines: string[] })[] = [
  {
    name: 'what sent an event receives it now',
    change: { [`${operation}/action`]: 'receive' },
    lines: [`${created}: action is now "receive" (was "send")`],
  },
  {
    name: 'an operation is of another channel',
    change: {
      [`${operation}/channel`]: { $ref: '#/channels/thing.deleted' },
      [`${operation}/messages/0`]: { $ref: '#/channels/thing.deleted/messages/thing.created' },
      '/channels/thing.deleted/messages': { 'thing.created': { $ref: '#/components/messages/thing.created' } },
    },
    lines: [
      `${created}: channel is now "thing.deleted" (was "thing.created")`,
      'channel thing.deleted message thing.created: is new on this channel',
      'channel thing.deleted message thing.deleted: was removed',
    ],
  },
  {
    name: 'an operation no longer has a message that its channel has still',
    change: { [`${operation}/messages/0`]: undefined },
    lines: [`${created} message thing.created: was removed`],
  },
  {
    name: 'an operation has a second message',
    change: { [`${operation}/messages/-`]: { $ref: '#/channels/thing.created/messages/thing.born' } },
    lines: [`${created} message thing.born: is new of this operation`],
  },
  {
    name: 'a way to log in is taken back',
    change: { [`${operation}/security/0`]: undefined },
    lines: [`${created}: asks for more: security is now "scram" (was "plain" or "scram")`],
  },
  {
    name: 'a way to log in is taken back, another given',
    change: {
      [`${schemes}/oauth`]: { type: 'oauth2', flows: {} },
      [`${operation}/security/0`]: { $ref: '#/components/securitySchemes/oauth' },
    },
    lines: [`${created}: asks for more: security is now "oauth" or "scram" (was "plain" or "scram")`],
  },
  {
    name: 'a way to log in becomes another under its name',
    change: { [`${schemes}/plain/type`]: 'scramSha512' },
    lines: ['security scheme plain: is another one now'],
  },
  {
    name: 'the broker asks for a login',
    change: { [`${development}/security`]: [plain] },
    lines: ['server development: asks for more: security is now "plain" (was nothing)'],
  },
  {
    name: 'the broker speaks another protocol',
    change: { [`${development}/protocol`]: 'kafka-secure' },
    lines: ['server development: protocol is now "kafka-secure" (was "kafka")'],
  },
  {
    name: 'the broker is replaced by one that speaks another protocol',
    change: { '/servers': { production: { host: 'broker:9092', protocol: 'amqp' } } },
    lines: ['server development: was removed, and no other speaks "kafka"'],
  },
  {
    name: 'the broker has another name, and asks for a login',
    change: { '/servers': { production: { host: 'broker:9092', protocol: 'kafka', security: [plain] } } },
    lines: ['server development: asks for more: security is now "plain" (was nothing)'],
  },
]

const compatible: Case[] = [
  {
    name: 'an operation gets a way to log in more',
    change: {
      [`${schemes}/oauth`]: { type: 'oauth2', flows: {} },
      [`${operation}/security/-`]: { $ref: '#/components/securitySchemes/oauth' },
    },
  },
  { name: 'an operation asks for no login any more', change: { [`${operation}/security`]: undefined } },
  {
    name: 'a way to log in gets another name',
    change: {
      [`${schemes}/plain`]: undefined,
      [`${schemes}/password`]: { type: 'plain', description: 'By a password.' },
      [`${operation}/security/0`]: { $ref: '#/components/securitySchemes/password' },
    },
  },
  { name: 'a way to log in is written in place', change: { [`${operation}/security/0`]: { type: 'plain' } } },
  { name: 'an operation names no messages: those of its channel', change: { [`${operation}/messages`]: undefined } },
  {
    name: 'an operation moves into a component',
    change: {
      '/components/operations': { publish: partAt(exampleEvents(), operation) },
      [operation]: { $ref: '#/components/operations/publish' },
    },
  },
  {
    name: 'an operation comes for a channel that had none',
    change: { '/operations/publish.thing.deleted': { action: 'send', channel: { $ref: '#/channels/thing.deleted' } } },
  },
  {
    name: 'a server is elsewhere, and has another name',
    change: { '/servers': { production: { host: 'broker:9092', protocol: 'kafka' } } },
  },
  {
    name: 'another server is added',
    change: { '/servers/production': { host: 'broker:9093', protocol: 'kafka-secure', security: [plain] } },
  },
  {
    name: 'texts change',
    change: {
      [`${operation}/summary`]: 'Other words.',
      [`${development}/description`]: 'Other words.',
      [`${schemes}/plain/description`]: 'By a password.',
    },
  },
]

function changesOf({ change }: Case): string[] {
  return eventChanges(exampleEvents(), changed(exampleEvents(), change)).map(describeChange)
}

t.test('what breaks those who take part in an operation is named by its line', async (t) => {
  for (const one of breaking) t.strictSame(changesOf(one), one.lines, one.name)
})

t.test('what those who take part in an operation get along with is not flagged', async (t) => {
  for (const one of compatible) t.strictSame(changesOf(one), [], one.name)
})
