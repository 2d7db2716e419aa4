import { isDeepStrictEqual } from 'node:util'
import { elementsOf, isObject, type Json, type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'
import { type Operation, securityOf } from '@crm/openapi/operations.ts'
import { type Change, show } from './change.ts'
import type { Versions } from './compared.ts'

/** Whether a caller who showed enough before has to show something else now. */
export function securityChanges(operations: Versions<Operation>, documents: Versions<JsonObject>): Change[] {
  const old = waysIn(operations.before, documents.before)
  const current = waysIn(operations.after, documents.after)
  if (old.every((way) => current.some((other) => asksNoMore(other, way, documents)))) return []
  return [{ place: operations.before.name, what: `asks for more: security is now ${show(current)} (was ${show(old)})` }]
}

/** The ways to show who one is that were redefined under the same name. */
export function securitySchemeChanges(documents: Versions<JsonObject>): Change[] {
  const [before, after] = [schemesOf(documents.before), schemesOf(documents.after)]
  return membersOf(before)
    .filter(([name, scheme]) => name in after && !isDeepStrictEqual(withoutText(scheme), withoutText(after[name])))
    .map(([name]) => ({ place: `security scheme ${name}`, what: 'is another one now' }))
}

/** Each is enough; an operation that asks for nothing has one way in that needs nothing. */
function waysIn(operation: Operation, document: JsonObject): JsonObject[] {
  const ways = securityOf(operation, document) ?? []
  return ways.length === 0 ? [{}] : ways
}

function asksNoMore(way: JsonObject, old: JsonObject, documents: Versions<JsonObject>): boolean {
  return membersOf(way).every(([scheme, scopes]) => {
    const held = old[scheme] ?? old[formerName(scheme, documents) ?? '']
    return held !== undefined && elementsOf(scopes).every((scope) => elementsOf(held).includes(scope))
  })
}

/** What the document before called a scheme that it does not have by this name. */
function formerName(scheme: string, documents: Versions<JsonObject>): string | undefined {
  const [before, after] = [schemesOf(documents.before), schemesOf(documents.after)]
  const definition = after[scheme]
  if (definition === undefined || scheme in before) return undefined
  return membersOf(before).find(([, other]) => isDeepStrictEqual(withoutText(other), withoutText(definition)))?.[0]
}

function schemesOf(document: JsonObject): JsonObject {
  const schemes = memberOf(document.components, 'securitySchemes')
  return isObject(schemes) ? schemes : {}
}

/** What a scheme asks for. */
export function withoutText(scheme: Json | undefined): JsonObject {
  const { description: _, ...definition } = isObject(scheme) ? scheme : {}
  return definition
}
