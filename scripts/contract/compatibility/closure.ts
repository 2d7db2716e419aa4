import { isObject, type Json, type JsonObject } from '@crm/openapi/json.ts'
import { partAt } from '@crm/openapi/references.ts'
import { annotations } from './keywords.ts'

/** Their members are named by the author, so that one of them may be called `title`. */
const named = ['properties', 'patternProperties', '$defs', 'dependentSchemas', 'dependentRequired']
const values = ['enum', 'const', 'default']

/**
 * A part of a schema with every component that it reaches, without texts: equal for two documents when the part means the same in
 * both, whatever stands behind its references.
 */
export function closureOf(part: Json | undefined, document: JsonObject): Json {
  const reached: JsonObject = {}
  const visit = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(visit)
    if (!isObject(value)) return value
    const { $ref } = value
    if (typeof $ref === 'string' && !($ref in reached)) {
      reached[$ref] = null
      reached[$ref] = visit(partAt($ref, document))
    }
    const members = Object.entries(value).filter(([name]) => !annotations.includes(name))
    return Object.fromEntries(members.map(([name, member]) => [name, visitMember(name, member)]))
  }
  const visitMember = (name: string, member: Json): Json => {
    if (values.includes(name)) return member
    if (!named.includes(name) || !isObject(member)) return visit(member)
    return Object.fromEntries(Object.entries(member).map(([own, schema]) => [own, visit(schema)]))
  }
  return { part: visit(part ?? null), reached }
}
