import { type JsonObject, memberOf, membersOf } from '@crm/openapi/json.ts'
import { problemCodesOf, type Response, responsesOf } from '@crm/openapi/operations.ts'
import { type Change, show } from './change.ts'
import type { Documents, Operations } from './compared.ts'
import { type SchemaComparison, schemaChanges } from './schema-changes.ts'

interface Parts {
  before: JsonObject
  after: JsonObject
}

interface Responses {
  before: Response
  after: Response
}

/** What breaks those who read the responses of an operation. */
export function responseChanges(operations: Operations, documents: Documents): Change[] {
  const old = responsesOf(operations.before, documents.before)
  const current = responsesOf(operations.after, documents.after)
  const known = new Set(old.map(({ status }) => status))
  const placeOf = ({ status }: Response) => `${operations.before.name} response ${status}`
  const added = current.filter(({ status }) => /^[123]/.test(status) && !known.has(status))
  const compared = old.flatMap((before): Change[] => {
    const place = placeOf(before)
    const after = current.find(({ status }) => status === before.status)
    if (!after) return [{ place, what: 'was removed' }]
    const parts = { before: before.definition, after: after.definition }
    return [
      ...codeChanges({ before, after }, place),
      ...contentChanges(parts, { place, lost: 'is no longer given as' }, documents.schemas.response),
      ...headerChanges({ before, after }, place, documents),
    ]
  })
  return [...added.map((response) => ({ place: placeOf(response), what: 'is new, and is no error' })), ...compared]
}

/** What breaks those who know the content types of a body and what is in them. */
export function contentChanges(
  { before, after }: Parts,
  { place, lost }: { place: string; lost: string },
  comparison: SchemaComparison,
): Change[] {
  return membersOf(before.content).flatMap(([type, media]): Change[] => {
    const current = memberOf(after.content, type)
    if (current === undefined) return [{ place, what: `${lost} ${type}` }]
    return schemaChanges({ before: memberOf(media, 'schema') ?? true, after: memberOf(current, 'schema') ?? true }, place, comparison)
  })
}

function codeChanges({ before, after }: Responses, place: string): Change[] {
  const current = codesOf(after)
  return codesOf(before)
    .filter((code) => !current.includes(code))
    .map((code) => ({ place, what: `no longer has the code ${show(code)}` }))
}

// Documents of 0.1.0 tell codes by the names of their examples only.
function codesOf(response: Response): string[] {
  const problem = memberOf(memberOf(response.definition, 'content'), 'application/problem+json')
  return problemCodesOf(response) ?? membersOf(memberOf(problem, 'examples')).map(([name]) => name)
}

function headerChanges({ before, after }: Responses, at: string, documents: Documents): Change[] {
  return before.headers.flatMap((old): Change[] => {
    const place = `${at} header ${old.name}`
    const current = after.headers.find(({ name }) => name.toLowerCase() === old.name.toLowerCase())
    if (!current) return [{ place, what: 'was removed' }]
    const mayMiss = old.isRequired && !current.isRequired
    return [
      ...(mayMiss ? [{ place, what: 'may now be missing' }] : []),
      ...schemaChanges(
        { before: old.definition.schema ?? true, after: current.definition.schema ?? true },
        place,
        documents.schemas.response,
      ),
    ]
  })
}
