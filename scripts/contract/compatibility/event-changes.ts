import { type Json, type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'
import { resolve } from '@crm/openapi/references.ts'
import { type Change, show } from './change.ts'
import type { Versions } from './compared.ts'
import { eventOperationChanges } from './event-operation-changes.ts'
import { eventServerChanges } from './event-server-changes.ts'
import type { Direction } from './keyword-changes.ts'
import { schemaChanges } from './schema-changes.ts'
import { securitySchemeChanges } from './security-changes.ts'

/**
 * What breaks a consumer between two versions of the AsyncAPI document. Consumers of before must understand what is sent now, and
 * those of now what was sent before: it is still in the log.
 */
export function eventChanges(before: JsonObject, after: JsonObject): Change[] {
  const channels = membersOf(before.channels).flatMap(([name, channel]): Change[] => {
    const place = `channel ${name}`
    const current = memberOf(after.channels, name)
    if (current === undefined) return [{ place, what: 'was removed' }]
    return [...channelChanges(channel, current, place), ...messagesChanges({ before: channel, after: current }, { before, after }, place)]
  })
  const documents = { before, after }
  return [...eventServerChanges(documents), ...securitySchemeChanges(documents), ...eventOperationChanges(documents), ...channels]
}

function channelChanges(before: Json, after: Json, place: string): Change[] {
  const kafka = (channel: Json) => memberOf(memberOf(channel, 'bindings'), 'kafka')
  const read = [
    { what: 'topic', of: (channel: Json) => memberOf(kafka(channel), 'topic') },
    // Keys would move to other partitions and lose their order.
    { what: 'partitions', of: (channel: Json) => memberOf(kafka(channel), 'partitions') },
    { what: 'address', of: (channel: Json) => memberOf(channel, 'address') },
  ]
  return read
    .filter(({ of }) => of(before) !== of(after))
    .map(({ what, of }) => ({ place, what: `${what} is now ${show(of(after))} (was ${show(of(before))})` }))
}

function messagesChanges(channels: Versions<Json>, documents: Versions<JsonObject>, place: string): Change[] {
  const old = memberOf(channels.before, 'messages')
  const current = memberOf(channels.after, 'messages')
  // A consumer gives up on a type it does not know.
  const added = membersOf(current).filter(([name]) => memberOf(old, name) === undefined)
  const compared = membersOf(old).flatMap(([name, message]): Change[] => {
    const other = memberOf(current, name)
    if (other === undefined) return [{ place: `${place} message ${name}`, what: 'was removed' }]
    const messages = { before: resolve(message, documents.before).part, after: resolve(other, documents.after).part }
    return messageChanges(messages, documents, `event ${name}`)
  })
  return [...added.map(([name]) => ({ place: `${place} message ${name}`, what: 'is new on this channel' })), ...compared]
}

function messageChanges(messages: Versions<Json>, documents: Versions<JsonObject>, place: string): Change[] {
  const parts = [
    { name: `${place} payload`, of: (message: Json) => memberOf(message, 'payload') },
    { name: `${place} headers`, of: (message: Json) => memberOf(message, 'headers') },
    { name: `${place} key`, of: (message: Json) => memberOf(memberOf(memberOf(message, 'bindings'), 'kafka'), 'key') },
  ]
  const isRetyped = memberOf(messages.before, 'contentType') !== memberOf(messages.after, 'contentType')
  const retyped = isRetyped ? [{ place, what: `contentType is now ${show(memberOf(messages.after, 'contentType'))}` }] : []
  return [
    ...retyped,
    ...parts.flatMap(({ name, of }) => {
      const schemas = { before: of(messages.before) ?? true, after: of(messages.after) ?? true }
      const compare = (direction: Direction) =>
        schemaChanges(schemas, name, { ...documents, direction, side: 'event', isChecked: true, seen: new Set() })
      const given = compare('response')
      // One change may break both ways: one line is enough.
      const places = new Set(given.map((change) => change.place))
      return [...given, ...compare('request').filter((change) => !places.has(change.place))]
    }),
  ]
}
