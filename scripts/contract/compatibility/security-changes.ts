import { isDeepStrictEqual } from 'node:util'
import { elementsOf, isObject, type Json, type JsonObject, memberOf, membersOf } from '@crm/service-kit/http/openapi-json.ts'
import { type Change, show } from './change.ts'

interface Parts {
  before: JsonObject
  after: JsonObject
}

/** Whether a caller who showed enough before has to show something else now. */
export function securityChanges({ before, after }: Parts, place: string): Change[] {
  const [old, current] = [waysIn(before), waysIn(after)]
  if (old.every((way) => current.some((other) => asksNoMore(other, way)))) return []
  return [{ place, what: `asks for more: security is now ${show(current)} (was ${show(old)})` }]
}

/** The ways to show who one is that were redefined under the same name. */
export function securitySchemeChanges(documents: Parts): Change[] {
  const [before, after] = [schemesOf(documents.before), schemesOf(documents.after)]
  return membersOf(before)
    .filter(([name, scheme]) => name in after && !isDeepStrictEqual(withoutText(scheme), withoutText(after[name])))
    .map(([name]) => ({ place: `security scheme ${name}`, what: 'is another one now' }))
}

/** Each is enough; an operation that asks for nothing has one way in that needs nothing. */
function waysIn({ security }: JsonObject): JsonObject[] {
  const ways = elementsOf(security).filter(isObject)
  return ways.length === 0 ? [{}] : ways
}

function asksNoMore(way: JsonObject, old: JsonObject): boolean {
  return membersOf(way).every(([scheme, scopes]) => {
    const held = old[scheme]
    return held !== undefined && elementsOf(scopes).every((scope) => elementsOf(held).includes(scope))
  })
}

function schemesOf(document: JsonObject): JsonObject {
  const schemes = memberOf(document.components, 'securitySchemes')
  return isObject(schemes) ? schemes : {}
}

function withoutText(scheme: Json | undefined): JsonObject {
  const { description: _, ...definition } = isObject(scheme) ? scheme : {}
  return definition
}
