import { type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'
import type { DocumentedMethod } from './method.ts'
import { byResource } from './method.ts'
import { queryTypeName, resourceTypeName } from './naming.ts'

/** A type that a generated file exports, and what of the document it is. */
export interface ExportedName {
  name: string
  origin: string
}

/** What the generated files export: a type for each schema, each query and each resource, and the client itself. */
export function exportedNames(document: JsonObject, methods: DocumentedMethod[]): ExportedName[] {
  const schemas = membersOf(memberOf(document.components, 'schemas')).map(([name]) => ({ name, origin: `the schema ${name}` }))
  const queries = methods.filter(({ query }) => query)
  return [
    ...schemas,
    ...queries.map(({ operationId }) => ({ name: queryTypeName(operationId), origin: `the query of ${operationId}` })),
    ...byResource(methods).map(({ name }) => ({ name: resourceTypeName(name), origin: `the resource ${name}` })),
    ...['CrmClient', 'ServiceName', 'apiVersion'].map((name) => ({ name, origin: `the client's ${name}` })),
  ]
}

/** Throws when TypeScript could not have one of the names, or when two things would have the same. `reserved` says whose a name is. */
export function refuseCollisions(names: ExportedName[], reserved: ReadonlyMap<string, string>): void {
  const taken = new Map(reserved)
  for (const { name, origin } of names) {
    if (name !== 'apiVersion' && !/^[A-Z]\w*$/.test(name))
      throw new Error(`${origin} cannot be a type: its name must be of letters, digits and _, the first one a capital`)
    const other = taken.get(name)
    if (other !== undefined) throw new Error(`${origin} and ${other} would both be the type ${name}: rename the first`)
    taken.set(name, origin)
  }
}
