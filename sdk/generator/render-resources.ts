import { type ApiDocument, modelName } from './document.ts'
import { byResource, type Method } from './method.ts'
import { queryTypeName, resourceName, typeName } from './naming.ts'
import { docComment, notice } from './render-text.ts'
import { signatureOf } from './signature.ts'

/** TypeScript: an interface for each resource, and the client that has them all. */
export function renderResources(document: ApiDocument, methods: Method[]): string {
  const resources = byResource(methods)
  const services = [...new Set(methods.map(({ service }) => service))].sort()
  const interfaces = resources.map(({ name, methods }) => renderInterface(name, methods, describeTag(document, name)))
  const queries = methods.flatMap(({ query, operationId }) =>
    query ? [`export type ${queryTypeName(operationId)} = Query<'${operationId}'>\n`] : [],
  )
  const members = resources.map(({ name }) => `${docComment([describeTag(document, name)], '  ')}  ${name}: ${typeOf(name)}\n`)
  const body = `
/** The version of the API that this client was made from. */
export const apiVersion = '${document.info.version}'

/** The services, where each has an address of its own. */
export type ServiceName = ${services.map((service) => `'${service}'`).join(' | ')}

${queries.join('')}
${interfaces.join('\n')}
/** Every operation of the API, by resource. */
export interface CrmClient {
${members.join('')}}
`
  return `${notice}${renderImports(document, body)}${body}`
}

function renderImports(document: ApiDocument, body: string): string {
  const models = Object.keys(document.components?.schemas ?? {}).filter((name) => modelName({ $ref: `#/components/schemas/${name}` }))
  const sources = {
    '../crm-promise.ts': ['CrmPromise'],
    '../list.ts': ['CrmList'],
    '../operation-types.ts': ['Answer', 'Body', 'Query'],
    '../request-options.ts': ['ConflictOptions', 'IdempotencyOptions', 'RequestOptions'],
    './models.ts': models,
  }
  const isUsed = (name: string) => new RegExp(`[:=<&|,] ?${name}\\b`).test(body)
  return Object.entries(sources)
    .map(([from, names]) => ({ from, used: names.filter(isUsed).sort() }))
    .filter(({ used }) => used.length > 0)
    .map(({ from, used }) => `import type { ${used.join(', ')} } from '${from}'\n`)
    .join('')
}

function renderInterface(name: string, methods: Method[], description: string | undefined): string {
  const members = methods.map((method) => {
    const { parameters } = signatureOf(method)
    return `${docComment(describe(method), '  ')}  ${method.name}(${parameters.join(', ')}): ${answerType(method)}\n`
  })
  return `${docComment([description])}export interface ${typeOf(name)} {\n${members.join('\n')}}\n`
}

function describe(method: Method): string[] {
  return [
    `${method.summary}.`,
    ...(method.description === undefined ? [] : [method.description]),
    `\`${method.verb} ${method.path}\``,
    ...(method.codes.length > 0 ? [`@throws {CrmError} with the code ${method.codes.map((code) => `\`${code}\``).join(', ')}`] : []),
    ...(method.isDeprecated ? ['@deprecated'] : []),
  ]
}

function answerType({ isList, answer }: Method): string {
  return isList ? `CrmList<${answer}>` : `CrmPromise<${answer}>`
}

function describeTag(document: ApiDocument, resource: string): string | undefined {
  return document.tags?.find(({ name }) => resourceName(name) === resource)?.description
}

function typeOf(resource: string): string {
  return `${typeName(resource)}Resource`
}
