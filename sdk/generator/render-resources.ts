import { elementsOf, type JsonObject, textOf } from '@crm/openapi/json.ts'
import { versionOf } from '@crm/openapi/operations.ts'
import { byResource, type Method } from './method.ts'
import { queryTypeName, resourceName, resourceTypeName } from './naming.ts'
import { docComment, notice } from './render-text.ts'
import { renderParameters, signatureOf } from './signature.ts'

/** Where the types come from that methods use beside those of the document. */
const handWritten: Record<string, string[]> = {
  '../crm-promise.ts': ['CrmPromise'],
  '../list.ts': ['CrmList'],
  '../operation-types.ts': ['Answer', 'Body', 'Query'],
  '../request-options.ts': ['ConflictOptions', 'IdempotencyOptions', 'RequestOptions'],
}

/** The names that the generated files import, and no type of the document may have; with the file of each. */
export const importedNames: ReadonlyMap<string, string> = new Map([
  ...Object.entries(handWritten).flatMap(([file, names]) => names.map((name) => [name, file.replace('../', 'src/')] as const)),
  ['AllowUndefined', 'src/operation-types.ts'],
  ['components', 'src/generated/schema.ts'],
])

/** TypeScript: an interface for each resource, and the client that has them all. */
export function renderResources(document: JsonObject, methods: Method[]): string {
  const resources = byResource(methods)
  const services = [...new Set(methods.map(({ service }) => service))].sort()
  const used = new Set<string>()
  const interfaces = resources.map(({ name, methods }) => renderInterface(name, methods, describeTag(document, name), used))
  const queries = methods.filter(({ query }) => query).map(({ operationId }) => renderQuery(operationId, used))
  const members = resources.map(({ name }) => `${docComment([describeTag(document, name)], '  ')}  ${name}: ${resourceTypeName(name)}\n`)
  return `${notice}${renderImports(used)}
/** The version of the API that this client was made from. */
export const apiVersion = '${versionOf(document)}'

/** The services, where each has an address of its own. */
export type ServiceName = ${services.map((service) => `'${service}'`).join(' | ')}

${queries.join('')}
${interfaces.join('\n')}
/** Every operation of the API, by resource. */
export interface CrmClient {
${members.join('')}}
`
}

/** The imports of the names used: of what is not written by hand, from the models. */
function renderImports(used: ReadonlySet<string>): string {
  const isHandWritten = (name: string) => importedNames.has(name)
  const models = [...used].filter((name) => !isHandWritten(name))
  return Object.entries({ ...handWritten, './models.ts': models })
    .map(([from, names]) => ({ from, names: names.filter((name) => used.has(name)).sort() }))
    .filter(({ names }) => names.length > 0)
    .map(({ from, names }) => `import type { ${names.join(', ')} } from '${from}'\n`)
    .join('')
}

function renderQuery(operationId: string, used: Set<string>): string {
  used.add('Query')
  return `export type ${queryTypeName(operationId)} = Query<'${operationId}'>\n`
}

function renderInterface(name: string, methods: Method[], description: string | undefined, used: Set<string>): string {
  const members = methods.map((method) => {
    const signature = signatureOf(method)
    const types = [...signature.positional.map(({ type }) => type), signature.options.type, signature.gives]
    for (const type of types.flatMap(({ names }) => names)) used.add(type)
    return `${docComment(describe(method), '  ')}  ${method.name}(${renderParameters(signature)}): ${signature.gives.text}\n`
  })
  return `${docComment([description])}export interface ${resourceTypeName(name)} {\n${members.join('\n')}}\n`
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

function describeTag(document: JsonObject, resource: string): string | undefined {
  const tag = elementsOf(document.tags).find((tag) => resourceName(textOf(tag, 'name') ?? '') === resource)
  return textOf(tag, 'description')
}
