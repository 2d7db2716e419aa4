import { elementsOf, type Json, type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'

/** What the gateway must know of an operation to pass requests on. */
export interface PublicOperation {
  method: Method
  /** As the router has it, such as `/v1/leads/:leadId`. */
  url: string
  /** It wants no access token: logging in, refreshing, logging out and the public keys. */
  isOpen: boolean
  /** It answers with an event stream, which may last. */
  isStream: boolean
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const
type Method = Uppercase<(typeof methods)[number]>

/** The operations that a service's OpenAPI document names. */
export function publicOperations(document: JsonObject): PublicOperation[] {
  return membersOf(document.paths).flatMap(([path, item]) =>
    methods.flatMap((verb) => {
      const operation = memberOf(item, verb)
      if (operation === undefined) return []
      return [{ method: verb.toUpperCase() as Method, url: routerPath(path), isOpen: isOpen(operation), isStream: isStream(operation) }]
    }),
  )
}

function routerPath(path: string): string {
  return path.replace(/\{([^{}]+)\}/g, ':$1')
}

// Only an empty list says so: an operation that says nothing asks for what the document asks for.
function isOpen(operation: Json): boolean {
  const security = memberOf(operation, 'security')
  return security !== undefined && elementsOf(security).length === 0
}

function isStream(operation: Json): boolean {
  return membersOf(memberOf(operation, 'responses')).some(([, response]) => memberOf(memberOf(response, 'content'), 'text/event-stream'))
}
