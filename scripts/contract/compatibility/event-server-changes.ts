import { type Json, type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'
import { resolve } from '@crm/openapi/references.ts'
import { type Change, show } from './change.ts'
import type { Versions } from './compared.ts'
import { eventSecurityChanges } from './event-security-changes.ts'

/** What breaks those who connect to a server of the AsyncAPI document before. Where it is and what it is called may change. */
export function eventServerChanges(documents: Versions<JsonObject>): Change[] {
  const current = serversOf(documents.after)
  return serversOf(documents.before).flatMap(([name, before]): Change[] => {
    const place = `server ${name}`
    const protocol = protocolOf(before)
    const found = current.find(([other]) => other === name) ?? current.find(([, other]) => protocolOf(other) === protocol)
    if (!found) return [{ place, what: `was removed, and no other speaks ${show(protocol)}` }]
    const [, after] = found
    const isSpoken = protocolOf(after) === protocol
    return [
      ...(isSpoken ? [] : [{ place, what: `protocol is now ${show(protocolOf(after))} (was ${show(protocol)})` }]),
      ...eventSecurityChanges({ before, after }, documents, place),
    ]
  })
}

function serversOf(document: JsonObject): [string, Json][] {
  return membersOf(document.servers).map(([name, server]) => [name, resolve(server, document).part])
}

function protocolOf(server: Json): Json | undefined {
  return memberOf(server, 'protocol')
}
