import type { DocumentedMethod } from './method.ts'
import { queryTypeName } from './naming.ts'
import { joined, named, plain, type TypeText } from './type-text.ts'

export interface Positional {
  role: 'id' | 'body' | 'query'
  name: string
  type: TypeText
  isRequired: boolean
}

/**
 * What a method takes and gives. Positional are the ids of the path, a body, and for a list its query; all else is a member of the
 * options, so that an operation may gain it. A body keeps its place when it may be left out.
 */
export interface Signature {
  positional: Positional[]
  options: { type: TypeText; isRequired: boolean; members: OptionMember[] }
  gives: TypeText
}

export interface OptionMember {
  name: string
  isRequired: boolean
}

export function signatureOf(method: DocumentedMethod): Signature {
  const { ids, body, query, operationId, isList, answerType } = method
  const positional = ids.map(({ name, type }): Positional => ({ role: 'id', name, type: plain(type), isRequired: true }))
  if (body) positional.push({ role: 'body', name: 'body', ...body })
  if (isList) positional.push({ role: 'query', name: 'query', type: plain(queryTypeName(operationId)), isRequired: isRequired(query) })
  return {
    positional,
    options: { type: optionsOf(method), isRequired: !isList && isRequired(query), members: membersOf(method) },
    gives: named(isList ? 'CrmList' : 'CrmPromise', answerType),
  }
}

/** The parameters as TypeScript writes them: `leadId: string`, `query?: ListLeadsQuery`. */
export function renderParameters({ positional, options }: Signature): string {
  const parameters = [...positional, { name: 'options', ...options }]
  const written = parameters.map(({ name, type, isRequired }, index) => {
    // TypeScript lets only those be left out that nothing required follows.
    const isLast = !parameters.slice(index).some((one) => one.isRequired)
    return `${name}${isLast ? '?' : ''}: ${type.text}${isRequired || isLast ? '' : ' | undefined'}`
  })
  return written.join(', ')
}

function membersOf({ query, isList, takesIdempotencyKey, takesIfMatch, record }: DocumentedMethod): OptionMember[] {
  const optional = (name: string) => ({ name, isRequired: false })
  return [
    ...(query && !isList ? [{ name: 'query', isRequired: isRequired(query) }] : []),
    ...(takesIdempotencyKey ? [optional('idempotencyKey')] : []),
    ...(takesIfMatch ? [optional('ifMatch')] : []),
    ...(takesIfMatch && record ? [optional('onConflict')] : []),
  ]
}

function optionsOf({ body, query, operationId, isList, record, takesIdempotencyKey, takesIfMatch }: DocumentedMethod): TypeText {
  const own: TypeText[] = []
  if (query && !isList)
    own.push(plain(query.isRequired ? `query: ${queryTypeName(operationId)}` : `query?: ${queryTypeName(operationId)} | undefined`))
  const members = joined(own, '; ')
  const parts = [
    named('RequestOptions'),
    ...(takesIdempotencyKey ? [named('IdempotencyOptions')] : []),
    ...(takesIfMatch ? [named('ConflictOptions', record?.type ?? plain('never'), ...(body ? [body.type] : []))] : []),
    ...(own.length > 0 ? [{ text: `{ ${members.text} }`, names: members.names }] : []),
  ]
  return joined(parts, ' & ')
}

function isRequired(query: DocumentedMethod['query']): boolean {
  return query?.isRequired === true
}
