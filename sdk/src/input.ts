import { isObject } from './is-object.ts'
import type { Input } from './operation.ts'

interface InputCopy {
  path: NonNullable<Input['path']>
  query: Record<string, unknown>
}

/** What a call gives its operation, as it is now. Throws TypeError for an id or a query that cannot be one. */
export function copyOf({ path = {}, query = {} }: Input): InputCopy {
  if (!isObject(query)) throw new TypeError(`The query is not an object: ${query}`)
  const parameters = Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value])
  return { path: { ...checkedIds(path) }, query: Object.fromEntries(parameters) }
}

// Such an id would name another path: `.` and `..` are resolved away, and an empty one names the list.
function checkedIds(ids: NonNullable<Input['path']>): NonNullable<Input['path']> {
  for (const [name, id] of Object.entries(ids)) {
    if (['', '.', '..', 'undefined', 'null'].includes(String(id))) throw new TypeError(`${name} is not an id: ${JSON.stringify(id)}`)
  }
  return ids
}
