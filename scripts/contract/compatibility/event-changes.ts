import { type Json, type JsonObject, memberOf, membersOf } from '@crm/service-kit/http/openapi-json.ts'
import { type Change, show } from './change.ts'
import type { Direction } from './keyword-changes.ts'
import { resolve } from './schema-alternatives.ts'
import { schemaChanges } from './schema-changes.ts'

/**
 * What breaks a consumer between two versions of the AsyncAPI document. Consumers of before must understand what is sent now, and
 * those of now what was sent before: it is still in the log.
 */
export function eventChanges(before: JsonObject, after: JsonObject): Change[] {
  return membersOf(before.channels).flatMap(([name, channel]): Change[] => {
    const place = `channel ${name}`
    const current = memberOf(after.channels, name)
    if (current === undefined) return [{ place, what: 'was removed' }]
    return [...channelChanges(channel, current, place), ...messagesChanges({ before: channel, after: current }, { before, after }, place)]
  })
}

function channelChanges(before: Json, after: Json, place: string): Change[] {
  const read = [
    // Keys would move to other partitions and lose their order.
    { what: 'partitions', of: (channel: Json) => memberOf(memberOf(memberOf(channel, 'bindings'), 'kafka'), 'partitions') },
    { what: 'address', of: (channel: Json) => memberOf(channel, 'address') },
  ]
  return read
    .filter(({ of }) => of(before) !== of(after))
    .map(({ what, of }) => ({ place, what: `${what} is now ${show(of(after))} (was ${show(of(before))})` }))
}

interface Parts<T> {
  before: T
  after: T
}

function messagesChanges(channels: Parts<Json>, documents: Parts<JsonObject>, place: string): Change[] {
  const old = memberOf(channels.before, 'messages')
  const current = memberOf(channels.after, 'messages')
  // A consumer gives up on a type it does not know.
  const added = membersOf(current).filter(([name]) => memberOf(old, name) === undefined)
  const compared = membersOf(old).flatMap(([name, message]): Change[] => {
    const other = memberOf(current, name)
    if (other === undefined) return [{ place: `${place} message ${name}`, what: 'was removed' }]
    const messages = { before: resolve(message, documents.before).schema, after: resolve(other, documents.after).schema }
    return messageChanges(messages, documents, `event ${name}`)
  })
  return [...added.map(([name]) => ({ place: `${place} message ${name}`, what: 'is new on this channel' })), ...compared]
}

function messageChanges(messages: Parts<Json>, documents: Parts<JsonObject>, place: string): Change[] {
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
      const compare = (direction: Direction) => schemaChanges(schemas, name, { ...documents, direction, side: 'event', seen: new Set() })
      const given = compare('response')
      // One change may break both ways: one line is enough.
      const places = new Set(given.map((change) => change.place))
      return [...given, ...compare('request').filter((change) => !places.has(change.place))]
    }),
  ]
}
