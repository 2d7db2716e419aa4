/**
 * How the client names what the document holds.
 *
 * - A resource is its tag in camelCase: `audit-logs` is `auditLogs`.
 * - A method is its operationId without the tag's noun, singular or plural: `createLead` of `leads` is `create`,
 *   `setUserPassword` of `users` is `setPassword`.
 * - `get` goes where the operationId does not name the tag, since what is got is then the name: `getMe` is `me`, `getUnreadCount`
 *   is `unreadCount`.
 * - A service is its name without `-service`: `crm-service` is `crm`.
 */
export function resourceName(tag: string): string {
  return camelCase(wordsOf(tag))
}

export function methodName(tag: string, operationId: string): string {
  const words = wordsOf(operationId)
  const noun = wordsOf(tag)
  const at = words.findIndex((_, start) => noun.every((word, index) => isSameNoun(words[start + index], word)))
  const namesTag = at >= 0 && noun.length < words.length
  if (namesTag) return camelCase(words.toSpliced(at, noun.length))
  return camelCase(words[0] === 'get' && words.length > 1 ? words.slice(1) : words)
}

export function serviceName(service: string): string {
  return camelCase(wordsOf(service.replace(/-service$/, '')))
}

/** The type of an operation's query parameters: `listLeads` has `ListLeadsQuery`. */
export function queryTypeName(operationId: string): string {
  return `${typeName(camelCase(wordsOf(operationId)))}Query`
}

/** The type of a resource: `auditLogs` has `AuditLogsResource`. */
export function resourceTypeName(resource: string): string {
  return `${typeName(resource)}Resource`
}

/** A name, as types begin theirs. */
function typeName(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** Lower-case words of a name in camelCase, kebab-case or snake_case. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
}

function camelCase(words: string[]): string {
  return words.map((word, index) => (index === 0 ? word : typeName(word))).join('')
}

function isSameNoun(a: string | undefined, b: string): boolean {
  return a !== undefined && formsOf(a).some((form) => formsOf(b).includes(form))
}

/** The word, and what its singular may be. */
function formsOf(word: string): string[] {
  return [word, word.replace(/s$/, ''), word.replace(/es$/, ''), word.replace(/ies$/, 'y')]
}
