import { type JsonObject, memberOf, membersOf, textOf } from '@crm/openapi/json.ts'
import { docComment, notice } from './render-text.ts'
import { requestModels } from './request-models.ts'

/** TypeScript: the component schemas of the document, each under its own name. */
export function renderModels(document: JsonObject): string {
  const onlySent = requestModels(document)
  const models = membersOf(memberOf(document.components, 'schemas')).map(([name, schema]) => {
    const type = `components['schemas']['${name}']`
    return `${docComment([textOf(schema, 'description')])}export type ${name} = ${onlySent.has(name) ? `AllowUndefined<${type}>` : type}\n`
  })
  const imports = [
    ...(onlySent.size > 0 ? ["import type { AllowUndefined } from '../operation-types.ts'\n"] : []),
    "import type { components } from './schema.ts'\n",
  ]
  return `${notice}${imports.join('')}\n${models.join('\n')}`
}
