import type { Method } from './method.ts'
import { queryTypeName } from './naming.ts'

/**
 * What a method takes. Positional is only what cannot change while the API stays compatible: the ids of the path, a body that must
 * be there, and for a list its query. All else is a member of the options, so that an operation may gain it.
 */
export interface Signature {
  /** As TypeScript writes them: `leadId: string`, `query?: ListLeadsQuery`. */
  parameters: string[]
  /** The names of the positional ones, as examples write them. */
  names: string[]
  options: string
}

export function signatureOf(method: Method): Signature {
  const { ids, body, query, operationId } = method
  const positional = ids.map(({ name, type }) => ({ name, type, isRequired: true }))
  if (body?.isRequired) positional.push({ name: 'body', type: body.type, isRequired: true })
  if (method.isList) positional.push({ name: 'query', type: queryTypeName(operationId), isRequired: query?.isRequired === true })
  const options = { name: 'options', type: optionsOf(method), isRequired: !method.isList && query?.isRequired === true }
  const written = [...positional, options].map(({ name, type, isRequired }) => `${name}${isRequired ? '' : '?'}: ${type}`)
  return { parameters: written, names: positional.map(({ name, isRequired }) => `${name}${isRequired ? '' : '?'}`), options: options.type }
}

function optionsOf(method: Method): string {
  const { body, query, operationId, record } = method
  const own: string[] = []
  if (query && !method.isList)
    own.push(query.isRequired ? `query: ${queryTypeName(operationId)}` : `query?: ${queryTypeName(operationId)} | undefined`)
  if (body && !body.isRequired) own.push(`body?: ${body.type} | undefined`)
  return [
    'RequestOptions',
    ...(method.takesIdempotencyKey ? ['IdempotencyOptions'] : []),
    ...(method.takesIfMatch ? [`ConflictOptions<${[record?.type ?? 'never', ...(body ? [body.type] : [])].join(', ')}>`] : []),
    ...(own.length > 0 ? [`{ ${own.join('; ')} }`] : []),
  ].join(' & ')
}
