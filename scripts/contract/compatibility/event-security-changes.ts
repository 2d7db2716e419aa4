import { isDeepStrictEqual } from 'node:util'
import { elementsOf, type Json, type JsonObject, memberOf } from '@crm/openapi/json.ts'
import { resolve } from '@crm/openapi/references.ts'
import { type Change, show } from './change.ts'
import type { Versions } from './compared.ts'
import { withoutText } from './security-changes.ts'

/** A way to log in at a broker. */
interface Way {
  /** Of the component; undefined where it is written in place. */
  name: string | undefined
  definition: JsonObject
}

/** Whether those who could log in before, for an operation or at a server, have to show something else now. Each way is enough. */
export function eventSecurityChanges(parts: Versions<Json>, documents: Versions<JsonObject>, place: string): Change[] {
  const [old, current] = [waysOf(parts.before, documents.before), waysOf(parts.after, documents.after)]
  const isTaken = old.length > 0 && old.every((way) => current.some((other) => isSame(way, other)))
  if (current.length === 0 || isTaken) return []
  return [{ place, what: `asks for more: security is now ${list(current)} (was ${list(old)})` }]
}

function waysOf(part: Json, document: JsonObject): Way[] {
  return elementsOf(memberOf(part, 'security')).map((written) => {
    const { part: scheme, name } = resolve(written, document)
    return { name, definition: withoutText(scheme) }
  })
}

// What became another under its name is told of once, where it is defined.
function isSame(way: Way, other: Way): boolean {
  return (way.name !== undefined && way.name === other.name) || isDeepStrictEqual(way.definition, other.definition)
}

function list(ways: Way[]): string {
  return ways.map(({ name, definition }) => show(name ?? definition)).join(' or ') || 'nothing'
}
