import { isDeepStrictEqual } from 'node:util'
import { elementsOf, isObject, type Json, type JsonObject, memberOf, membersOf, textOf } from '@crm/openapi/json.ts'
import { httpMethods, operationsOf } from '@crm/openapi/operations.ts'

export interface Server {
  url: string
  description: string
}

/** A service's OpenAPI document, and where the service answers. */
export interface MergedService {
  name: string
  document: JsonObject
  server: Server
}

export interface MergeOptions {
  info: JsonObject
  /** Where one server answers every path. Without it each operation names the server of its service: Postman looks for it there, not at paths. */
  servers?: Server[]
  /** What a caller shows at a common door, such as a Bearer token. Without it: what the services ask for. */
  security?: { requirements: Json; schemes: JsonObject }
}

/**
 * The documents of several services as one. Throws when two of them have the same path or operation id, or differ about a component,
 * a tag or the security.
 */
export function mergeDocuments(services: readonly MergedService[], options: MergeOptions): JsonObject {
  collect(services, { what: 'operation id', once: true, read: operationIds })
  const paths = collect(services, {
    what: 'path',
    once: true,
    read: (service) => membersOf(service.document.paths).map(([path, item]) => [path, withService(item, service, options)]),
  })
  const tags = collect(services, { what: 'tag', read: ({ document }) => elementsOf(document.tags).map((tag) => [nameOf(tag), tag]) })
  const security = collect(services, { what: 'member', read: ({ document }) => [['security', document.security ?? []]] })
  const kinds = new Set(services.flatMap(({ document }) => Object.keys(document.components ?? {})))
  const components = [...kinds].map((kind): [string, Json] => [
    kind,
    collect(services, { what: `component of ${kind}`, read: ({ document }) => membersOf(memberOf(document.components, kind)) }),
  ])
  return {
    openapi: '3.1.0',
    info: options.info,
    servers: (options.servers ?? services.map(({ server }) => server)).map((server) => ({ ...server })),
    tags: Object.values(tags),
    security: options.security?.requirements ?? security.security ?? [],
    paths,
    components: { ...Object.fromEntries(components), ...(options.security && { securitySchemes: options.security.schemes }) },
  }
}

interface Collected {
  /** As the error names it. */
  what: string
  /** Whether one service alone may have a part; otherwise several may have the same one. */
  once?: boolean
  read(service: MergedService): [string, Json][]
}

function collect(services: readonly MergedService[], { what, once = false, read }: Collected): JsonObject {
  const found = new Map<string, { owner: string; part: Json }>()
  for (const service of services) {
    for (const [name, part] of read(service)) {
      const other = found.get(name)
      if (other && once) throw new Error(`${other.owner} and ${service.name} both have the ${what} ${name}`)
      if (other && !isDeepStrictEqual(other.part, part))
        throw new Error(`${other.owner} and ${service.name} differ about the ${what} ${name}`)
      found.set(name, { owner: service.name, part })
    }
  }
  return Object.fromEntries([...found].map(([name, { part }]) => [name, part]))
}

function operationIds({ document }: MergedService): [string, Json][] {
  return operationsOf(document).flatMap(({ definition }): [string, Json][] => {
    const id = textOf(definition, 'operationId')
    return id === undefined ? [] : [[id, id]]
  })
}

/** Each operation names its service, so that a release is held to who answers what, and its server unless one answers for all. */
function withService(item: Json, { name, server }: MergedService, { servers }: MergeOptions): Json {
  const own: JsonObject = { 'x-service': name, ...(servers === undefined && { servers: [{ ...server }] }) }
  const methods = new Set<string>(httpMethods)
  const members = membersOf(item).map(([member, part]): [string, Json] => {
    const isOperation = methods.has(member) && isObject(part)
    return [member, isOperation ? { ...part, ...own } : part]
  })
  return Object.fromEntries(members)
}

function nameOf(tag: Json): string {
  return String(memberOf(tag, 'name'))
}
