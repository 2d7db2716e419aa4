import { byResource, type Method } from './method.ts'
import { notice } from './render-text.ts'

/** TypeScript: the function that makes the client's methods, each from its operation. */
export function renderClient(methods: Method[]): string {
  const resources = byResource(methods).map(({ name, methods }) => `    ${name}: {\n${methods.map(renderMaker).join('')}    },\n`)
  return `${notice}import type { Transport } from '../transport.ts'
import type { CrmClient } from './resources.ts'

export function createResources({ send, list }: Transport): CrmClient {
  return {
${resources.join('')}  }
}
`
}

function renderMaker(method: Method): string {
  const { ids, body, query, isList } = method
  const names = [...ids.map(({ name }) => name), ...(body ? ['body'] : []), ...(isList ? ['query'] : []), 'options']
  const input = [
    ...(ids.length > 0
      ? [`path: { ${ids.map(({ name, parameter }) => (name === parameter ? name : `'${parameter}': ${name}`)).join(', ')} }`]
      : []),
    ...(query ? [isList ? 'query' : `query: options${query.isRequired ? '' : '?'}.query`] : []),
    ...(body ? ['body'] : []),
  ]
  const call = `${isList ? 'list' : 'send'}(${renderOperation(method)}, {${input.length > 0 ? ` ${input.join(', ')} ` : ''}}, options)`
  return `      ${method.name}: (${names.join(', ')}) =>\n        ${call},\n`
}

function renderOperation(method: Method): string {
  const { operationId, verb, path, service, answer, answerType, takesIdempotencyKey, isSafe, isIdempotent, record, isOpen } = method
  const members = [
    `id: '${operationId}'`,
    `method: '${verb}'`,
    `path: '${path}'`,
    `service: '${service}'`,
    `answer: '${answer}'`,
    ...(answer === 'json' && answerType.text.split(' | ').includes('void') ? ['mayBeEmpty: true'] : []),
    ...(takesIdempotencyKey ? ['takesIdempotencyKey: true'] : []),
    ...(isSafe ? ['isSafe: true'] : []),
    ...(isIdempotent === undefined ? [] : [`isIdempotent: ${isIdempotent}`]),
    ...(record ? [`recordPath: '${record.path}'`] : []),
    ...(isOpen ? ['isPublic: true'] : []),
  ]
  return `{ ${members.join(', ')} }`
}
