import { elementsOf, isObject, type Json, type JsonObject, memberOf, membersOf, textOf } from '@crm/openapi/json.ts'
import { resolve } from '@crm/openapi/references.ts'
import { type Change, show } from './change.ts'
import type { Versions } from './compared.ts'
import { eventSecurityChanges } from './event-security-changes.ts'

/** What breaks those who take part in an operation of the AsyncAPI document before. */
export function eventOperationChanges(documents: Versions<JsonObject>): Change[] {
  return membersOf(documents.before.operations).flatMap(([name, written]): Change[] => {
    const place = `operation ${name}`
    const current = memberOf(documents.after.operations, name)
    if (current === undefined) return [{ place, what: 'was removed: nobody does it any more' }]
    const operations = { before: resolve(written, documents.before).part, after: resolve(current, documents.after).part }
    return [
      ...memberChanges(operations, place),
      ...messageChanges(operations, documents, place),
      ...eventSecurityChanges(operations, documents, place),
    ]
  })
}

function memberChanges({ before, after }: Versions<Json>, place: string): Change[] {
  const read = { action: (operation: Json) => textOf(operation, 'action'), channel: channelOf }
  return Object.entries(read)
    .filter(([, of]) => of(before) !== of(after))
    .map(([what, of]) => ({ place, what: `${what} is now ${show(of(after))} (was ${show(of(before))})` }))
}

function messageChanges(operations: Versions<Json>, documents: Versions<JsonObject>, at: string): Change[] {
  const [old, current] = [messagesOf(operations.before, documents.before), messagesOf(operations.after, documents.after)]
  const place = (name: string) => `${at} message ${name}`
  return [
    // A consumer gives up on a type it does not know.
    ...current.filter((name) => !old.includes(name)).map((name) => ({ place: place(name), what: 'is new of this operation' })),
    ...old.filter((name) => !current.includes(name)).map((name) => ({ place: place(name), what: 'was removed' })),
  ]
}

/** The names of an operation's messages: where it lists none, all that its channel has. */
function messagesOf(operation: Json, document: JsonObject): string[] {
  const listed = memberOf(operation, 'messages')
  if (Array.isArray(listed)) return elementsOf(listed).map((message) => referredIn(message) ?? '')
  const channel = memberOf(operation, 'channel')
  const { part } = resolve(channel ?? null, document)
  return membersOf(memberOf(part, 'messages')).map(([name]) => name)
}

function channelOf(operation: Json): string | undefined {
  return referredIn(memberOf(operation, 'channel'))
}

/** The name at the end of a reference. */
function referredIn(part: Json | undefined): string | undefined {
  return isObject(part) && typeof part.$ref === 'string' ? part.$ref.split('/').at(-1) : undefined
}
